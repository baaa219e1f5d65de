// Where the helper begins. In the native program that is before the runtime starts (a constructor): the helper is then a copy of the
// process as it was called, with its signals, limits and descriptors untouched. The portable build starts it as a program of its own.
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

void send_message(int channel, const void *bytes, size_t length, const int *descriptors, int count)
{
    struct iovec data = {.iov_base = (void *)bytes, .iov_len = length};
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(header), descriptors, (size_t)count * sizeof(int));
    }
    while (sendmsg(channel, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

void fail(struct helper *helper, const char *step, int error)
{
    char message[256] = {'E'};
    memcpy(message + 4, &error, sizeof error);
    size_t length = strlen(step);
    memcpy(message + 8, step, length);
    send_message(helper->channel, message, 8 + length, NULL, 0);
    _exit(125);
}

static void set_up(struct helper *helper)
{
    int descriptors[8], count = 0;
    enter_namespaces(helper);
    make_everything_local(helper);
    open_sockets(helper, descriptors, &count);
    int queue = open_queue(&helper->queue_error);
    int error = 1;
    for (helper->queue = queue < 0 ? QUEUE_NONE : QUEUE_TARGET; error; ) {
        error = install_rules(helper, helper->queue);
        if (!error) break;
        if (helper->queue == QUEUE_NONE) fail(helper, "the rules of nf_tables", error);
        if (helper->queue == QUEUE_EXPRESSION) helper->queue_error = error;
        helper->queue = helper->queue == QUEUE_TARGET ? QUEUE_EXPRESSION : QUEUE_NONE;
    }
    if (helper->queue != QUEUE_NONE) descriptors[count++] = queue;
    replace_files();
    int ready[6] = {'R', helper->in_user_namespace, helper->queue, helper->queue_error, helper->has_ipv6, helper->port};
    send_message(helper->channel, ready, sizeof ready, descriptors, count);
    for (int i = 0; i < count; i++) close(descriptors[i]);
    if (queue >= 0 && helper->queue == QUEUE_NONE) close(queue);
}

// Waits for the parent's word. It may want sockets of the namespace before; it may also end, and nothing has happened then.
static int await_start(struct helper *helper)
{
    int message[4];
    while (true) {
        ssize_t length = recv(helper->channel, message, sizeof message, 0);
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0) _exit(0);
        if (message[0] == 'G') return message[1];
        if (message[0] != 'O') continue;
        int socket_ = socket(message[1], message[2] | SOCK_CLOEXEC, 0);
        int answer[2] = {'O', socket_ < 0 ? errno : 0};
        send_message(helper->channel, answer, sizeof answer, &socket_, socket_ < 0 ? 0 : 1);
        if (socket_ >= 0) close(socket_);
    }
}

void run_helper(struct helper *helper)
{
    prctl(PR_SET_NAME, "socks5egress");
    set_up(helper);
    int flags = await_start(helper);
    // The parent's child, not ours: a job of its shell stays one, and this process may end
    long init = syscall(SYS_clone, CLONE_NEWPID | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (init < 0) fail(helper, "a PID namespace", errno);
    if (init == 0) run_init(helper, flags);
    _exit(0);
}

#ifdef AS_PROGRAM

// socks5egress-exec CHANNEL IGNORED-SIGNALS SOFT-DESCRIPTOR-LIMIT COMMAND…
int main(int count, char **words)
{
    struct helper helper = {.command = words + 4};
    struct rlimit limit;
    if (count < 5) {
        fputs("socks5egress-exec is a part of socks5egress; call socks5egress exec\n", stderr);
        return 125;
    }
    helper.channel = atoi(words[1]);
    fcntl(helper.channel, F_SETFD, FD_CLOEXEC);
    unsigned long long ignored = strtoull(words[2], NULL, 16);
    for (int number = 1; number < 65; number++) {
        // struct sigaction of the kernel. Not by libc, which keeps two numbers to itself, and ignores them in what it spawns
        unsigned long action[4] = {ignored >> (number - 1) & 1 ? (unsigned long)SIG_IGN : (unsigned long)SIG_DFL};
        if (number != SIGKILL && number != SIGSTOP) syscall(SYS_rt_sigaction, number, action, NULL, sizeof(uint64_t));
    }
    helper.ignores_child = ignored >> (SIGCHLD - 1) & 1;
    signal(SIGCHLD, SIG_DFL);
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t soft = strtoull(words[3], NULL, 10);
    if (soft > 0 && soft < limit.rlim_cur) {
        limit.rlim_cur = soft;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    sigprocmask(SIG_SETMASK, NULL, &helper.mask);
    run_helper(&helper);
}

#else

static char **find_command(int count, char **words)
{
    if (count < 4 || strcmp(words[1], "exec") != 0) return NULL;
    for (int i = 2; i < count - 1; i++) {
        if (strcmp(words[i], "--") == 0) return words + i + 1;
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) return NULL;
    }
    return NULL;
}

// Everybody may read a command line in /proc, the command too, and a password may stand in ours
static char **copy_and_wipe(char **command, char **words, int count)
{
    size_t number = (size_t)(words + count - command);
    char **copy = calloc(number + 1, sizeof *copy);
    if (!copy) _exit(125);
    for (size_t i = 0; i < number; i++) copy[i] = strdup(command[i]);
    for (int i = 1; i < count; i++) memset(words[i], 0, strlen(words[i]));
    return copy;
}

__attribute__((constructor)) static void begin(int count, char **words)
{
    char **command = find_command(count, words), text[48];
    int ends[2];
    if (!command || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
    // A missing standard stream leaves its number free, and it is not for us
    for (int i = 0; i < 2; i++) {
        int high = ends[i] > 2 ? ends[i] : fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
        if (high != ends[i]) close(ends[i]);
        ends[i] = high;
    }
    pid_t process = fork();
    if (process == 0) {
        struct helper helper = {.channel = ends[1]};
        struct sigaction child;
        close(ends[0]);
        helper.command = copy_and_wipe(command, words, count);
        sigprocmask(SIG_SETMASK, NULL, &helper.mask);
        sigaction(SIGCHLD, NULL, &child);
        helper.ignores_child = child.sa_handler == SIG_IGN;
        signal(SIGCHLD, SIG_DFL);
        run_helper(&helper);
    }
    close(ends[1]);
    snprintf(text, sizeof text, "%d %d", ends[0], process);
    // Program.cs reads it; the command's environment is the helper's, which has none
    if (process > 0) setenv("_SOCKS5EGRESS_HELPER", text, 1);
    else close(ends[0]);
}

#endif
