// The first process of the command's PID namespace. When it ends, the kernel ends everything in the namespace; and it ends when
// the parent does, however that came about.
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS = 65 };

// Signals that reached this process from outside: whoever sends one to the whole process group (a terminal) has reached the
// command as well, and it must not get the parent's copy of it
static int seen[SIGNALS];

static void start(struct helper *helper, int report)
{
    if (helper->ignores_child) signal(SIGCHLD, SIG_IGN);
    sigprocmask(SIG_SETMASK, &helper->mask, NULL);
    execvp(helper->command[0], helper->command);
    int error = errno;
    while (write(report, &error, sizeof error) < 0 && errno == EINTR) {
    }
    _exit(127);
}

static pid_t spawn(struct helper *helper)
{
    int report[2], error = 0;
    if (pipe2(report, O_CLOEXEC) != 0) fail(helper, "a pipe", errno);
    pid_t command = fork();
    if (command < 0) fail(helper, "a process", errno);
    if (command == 0) start(helper, report[1]);
    close(report[1]);
    ssize_t length;
    while ((length = read(report[0], &error, sizeof error)) < 0 && errno == EINTR) {
    }
    close(report[0]);
    if (length == sizeof error) {
        char message[8] = {'F'};
        memcpy(message + 4, &error, sizeof error);
        send_message(helper->channel, message, sizeof message, NULL, 0);
        _exit(127);
    }
    send_message(helper->channel, "S", 1, NULL, 0);
    return command;
}

// A stopped command stops the parent, so that a shell sees its job stop; a terminal has done that already
static void tell_stop(int channel, int signal_)
{
    char message[8] = {'T'};
    if (seen[signal_] > 0) {
        seen[signal_] = 0;
        return;
    }
    memcpy(message + 4, &signal_, sizeof signal_);
    send_message(channel, message, sizeof message, NULL, 0);
}

static void reap(struct helper *helper, pid_t command)
{
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (ended != command) continue;
        if (WIFSTOPPED(status)) {
            tell_stop(helper->channel, WSTOPSIG(status));
            continue;
        }
        char message[8] = {'X'};
        memcpy(message + 4, &status, sizeof status);
        send_message(helper->channel, message, sizeof message, NULL, 0);
        _exit(0);
    }
}

static void read_signals(struct helper *helper, int signals, pid_t command)
{
    struct signalfd_siginfo info;
    bool has_child = false;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD) has_child = true;
        // 0: from outside this namespace, or the kernel
        else if (info.ssi_pid == 0 && info.ssi_signo < SIGNALS) seen[info.ssi_signo]++;
    }
    // Last: what has stopped the command may have a higher number
    if (has_child) reap(helper, command);
}

static void pass_on(int signal_, pid_t command)
{
    if (signal_ <= 0 || signal_ >= SIGNALS) return;
    if (seen[signal_] > 0) seen[signal_]--;
    else kill(command, signal_);
}

static void open_for_parent(int channel, const int *what)
{
    int socket_ = socket(what[0], what[1] | SOCK_CLOEXEC, 0);
    int answer[2] = {'O', socket_ < 0 ? errno : 0};
    send_message(channel, answer, sizeof answer, &socket_, socket_ < 0 ? 0 : 1);
    if (socket_ >= 0) close(socket_);
}

// 'K' and a signal; 'O', a family and a type of a socket that the parent wants to have here
static void obey(struct helper *helper, pid_t command)
{
    int message[4] = {0};
    ssize_t length = recv(helper->channel, message, sizeof message, MSG_DONTWAIT);
    // The parent has ended, in whatever way
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) _exit(0);
    if (length < 0) return;
    if (message[0] == 'K') pass_on(message[1], command);
    if (message[0] == 'O') open_for_parent(helper->channel, message + 1);
}

// What only the command should hold open, its reader must see the end of
static void leave_descriptors(int first, int second)
{
    unsigned low = (unsigned)(first < second ? first : second), high = (unsigned)(first < second ? second : first);
    if (low > 3) syscall(SYS_close_range, 3u, low - 1, 0);
    if (high > low + 1) syscall(SYS_close_range, low + 1, high - 1, 0);
    syscall(SYS_close_range, high + 1, ~0u, 0);
}

static void leave_streams(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = 0; stream <= 2; stream++) {
        if (nothing >= 0) dup2(nothing, stream);
        else close(stream);
    }
    if (nothing > 2) close(nothing);
}

void run_init(struct helper *helper, int flags)
{
    sigset_t all;
    if (flags & DROP_PASSWORD) unsetenv("SOCKS5EGRESS_PASSWORD");
    if (flags & DROP_VIA) unsetenv("SOCKS5EGRESS_VIA");
    // Where the host's own has parts covered, the kernel grants none: other processes are seen then, and stay out of reach
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    drop_rights();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) fail(helper, "signals", errno);
    pid_t command = spawn(helper);
    leave_streams();
    leave_descriptors(signals, helper->channel);
    struct pollfd waiting[2] = {{.fd = signals, .events = POLLIN}, {.fd = helper->channel, .events = POLLIN}};
    while (true) {
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) _exit(125);
        read_signals(helper, signals, command);
        if (waiting[1].revents) obey(helper, command);
    }
}
