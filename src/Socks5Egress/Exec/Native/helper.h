// The part of `exec` that has to run outside the .NET runtime: a process with one thread, because the kernel gives a user
// namespace to no other (unshare(2)), and the first process of the command's PID namespace.
#ifndef SOCKS5EGRESS_HELPER_H
#define SOCKS5EGRESS_HELPER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Names and addresses that are given out in the namespace; Exec/Names/SyntheticNames.cs has the same ones
#define OWN_IPV4 0xC613FFFEu               // 198.19.255.254
#define OWN_IPV6 {0xfd, 0x5e, 0x0c, 0x5e, 0x67, 0x2e, 0x55, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff}
#define STUB_ADDRESS "127.0.0.1"

// Marks that the verdict on a SYN leaves on it; Exec/SynVerdict/SynMark.cs has the same ones
enum { MARK_RESET = 0x5e01, MARK_HOST = 0x5e02, MARK_NETWORK = 0x5e03, MARK_PROHIBITED = 0x5e04 };

// Flags of the message that starts the command
enum { DROP_PASSWORD = 1, DROP_VIA = 2 };

// How SYNs reach user space
enum { QUEUE_NONE = 0, QUEUE_TARGET = 1, QUEUE_EXPRESSION = 2 };

struct helper {
    int channel;        // SOCK_SEQPACKET; its end of file is the parent's death
    char **command;     // the words, ended by NULL
    sigset_t mask;      // what the command starts with
    bool ignores_child; // SIGCHLD was ignored when we were started
    bool in_user_namespace;
    int queue;
    int queue_error;
    bool has_ipv6;
    uint16_t port;
};

// What the kernel takes in one call: messages of netlink, put together in a buffer
struct request {
    size_t length;
    char bytes[32768];
};

// entry.c
void run_helper(struct helper *helper) __attribute__((noreturn));
void fail(struct helper *helper, const char *step, int error) __attribute__((noreturn));
void send_message(int channel, const void *bytes, size_t length, const int *descriptors, int count);

// namespaces.c
void enter_namespaces(struct helper *helper);
void drop_rights(void);

// files.c
void replace_files(void);

// netlink.c
int open_netlink(int protocol);
void begin_message(struct request *request, uint16_t type, uint16_t flags, const void *header, size_t length);
void end_message(struct request *request);
void put(struct request *request, uint16_t type, const void *data, size_t length);
void put_text(struct request *request, uint16_t type, const char *text);
void put_number(struct request *request, uint16_t type, uint32_t number);
size_t begin_nest(struct request *request, uint16_t type);
void end_nest(struct request *request, size_t start);
int exchange(int netlink, struct request *request, int answers);

// routes.c
void make_everything_local(struct helper *helper);

// rules.c
int install_rules(struct helper *helper, int queue);

// sockets.c
void open_sockets(struct helper *helper, int *descriptors, int *count);
int open_queue(int *error);

// init.c
void run_init(struct helper *helper, int flags) __attribute__((noreturn));

#endif
