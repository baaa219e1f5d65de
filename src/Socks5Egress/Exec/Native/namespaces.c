// Namespaces for the user (where rights are missing), the network and the mounts, and the rights that the command must not have.
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAP_SIZE = 4096 };

// With one of these a command of root could leave its network or change its rules: setns and mounts, rules and routes, other
// processes' memory, and what reaches into the kernel.
static const int dropped[] = {
    CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_SYS_MODULE, CAP_SYS_RAWIO, 38 /* CAP_PERFMON */, 39 /* CAP_BPF */, 40 /* CAP_CHECKPOINT_RESTORE */,
};

static bool has_rights(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return false;
    uint32_t needed = (1u << CAP_SYS_ADMIN) | (1u << CAP_NET_ADMIN);
    return (data[0].effective & needed) == needed;
}

static bool write_file(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    bool written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    close(file);
    return written;
}

// The same numbers on both sides, for every number that there is here
static bool read_identity(const char *path, char *map)
{
    unsigned long inside, outside, count;
    size_t length = 0;
    FILE *file = fopen(path, "re");
    if (!file) return false;
    while (fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3 && length < MAP_SIZE - 64)
        length += (size_t)snprintf(map + length, MAP_SIZE - length, "%lu %lu %lu\n", inside, inside, count);
    fclose(file);
    return length > 0;
}

// Root without the right to make namespaces (in a container, or in another exec) may still map every number, but only from outside
static bool map_all(pid_t process)
{
    char path[64], users[MAP_SIZE], groups[MAP_SIZE];
    if (!read_identity("/proc/self/uid_map", users) || !read_identity("/proc/self/gid_map", groups)) return false;
    snprintf(path, sizeof path, "/proc/%d/uid_map", process);
    if (!write_file(path, users)) return false;
    snprintf(path, sizeof path, "/proc/%d/gid_map", process);
    return write_file(path, groups);
}

static bool enter_with_all_numbers(struct helper *helper)
{
    int ready[2], answer = 1;
    char go = 0;
    if (pipe2(ready, O_CLOEXEC) != 0) fail(helper, "a pipe", errno);
    pid_t self = getpid();
    pid_t mapper = fork();
    if (mapper == 0) {
        close(ready[1]);
        _exit(read(ready[0], &go, 1) == 1 && map_all(self) ? 0 : 1);
    }
    close(ready[0]);
    if (unshare(CLONE_NEWUSER) != 0) fail(helper, "a user namespace", errno);
    if (write(ready[1], &go, 1) != 1) answer = 0;
    close(ready[1]);
    while (waitpid(mapper, &answer, 0) < 0 && errno == EINTR) {
    }
    return answer == 0;
}

static void enter_user_namespace(struct helper *helper)
{
    uid_t user = geteuid();
    gid_t group = getegid();
    char map[64];
    helper->in_user_namespace = true;
    if (user == 0) {
        if (enter_with_all_numbers(helper)) return;
    } else if (unshare(CLONE_NEWUSER) != 0) {
        fail(helper, "a user namespace", errno);
    }
    snprintf(map, sizeof map, "%u %u 1\n", user, user);
    if (!write_file("/proc/self/uid_map", map)) fail(helper, "/proc/self/uid_map", errno);
    if (!write_file("/proc/self/setgroups", "deny") && errno != ENOENT) fail(helper, "/proc/self/setgroups", errno);
    snprintf(map, sizeof map, "%u %u 1\n", group, group);
    if (!write_file("/proc/self/gid_map", map)) fail(helper, "/proc/self/gid_map", errno);
}

void enter_namespaces(struct helper *helper)
{
    if (!has_rights()) enter_user_namespace(helper);
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) fail(helper, "a network namespace", errno);
    // Mounts of the host still come in; none of ours goes out
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) fail(helper, "mounts of its own", errno);
}

// From the bounding set, so that no program brings them back, and from what this process has
void drop_rights(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &header, data) != 0) _exit(125);
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        int right = dropped[i];
        // EINVAL: the kernel does not know it
        if (prctl(PR_CAPBSET_DROP, right, 0, 0, 0) != 0 && errno != EINVAL) _exit(125);
        data[right / 32].effective &= ~(1u << (right % 32));
        data[right / 32].permitted &= ~(1u << (right % 32));
        data[right / 32].inheritable &= ~(1u << (right % 32));
    }
    if (syscall(SYS_capset, &header, data) != 0) _exit(125);
}
