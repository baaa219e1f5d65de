// Sockets that belong to the namespace and are worked by the parent, outside of it.
#define _GNU_SOURCE
#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, DNS = 53, QUEUE_LENGTH = 65536, COPIED = 256, NO_ENOBUFS = 5 };

static int open_bound(struct helper *helper, int family, int type, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_loopback};
    inet_pton(AF_INET, STUB_ADDRESS, &v4.sin_addr);
    struct sockaddr *address = family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6;
    socklen_t length = family == AF_INET ? sizeof v4 : sizeof v6;
    int on = 1;
    int socket_ = socket(family, type | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail(helper, "a socket of the namespace", errno);
    if (family == AF_INET6) setsockopt(socket_, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(socket_, address, length) != 0) fail(helper, "binding a socket of the namespace", errno);
    if (type == SOCK_STREAM && listen(socket_, BACKLOG) != 0) fail(helper, "listening in the namespace", errno);
    return socket_;
}

// The listener that everything is led to, then the name stub's sockets, then the listener for IPv6
void open_sockets(struct helper *helper, int *descriptors, int *count)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    descriptors[0] = open_bound(helper, AF_INET, SOCK_STREAM, 0);
    getsockname(descriptors[0], (struct sockaddr *)&address, &length);
    helper->port = ntohs(address.sin_port);
    descriptors[1] = open_bound(helper, AF_INET, SOCK_DGRAM, DNS);
    descriptors[2] = open_bound(helper, AF_INET, SOCK_STREAM, DNS);
    *count = 3;
    if (helper->has_ipv6) descriptors[(*count)++] = open_bound(helper, AF_INET6, SOCK_STREAM, helper->port);
}

static void begin_config(struct request *request)
{
    struct nfgenmsg header = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(0)};
    request->length = 0;
    begin_message(request, (NFNL_SUBSYS_QUEUE << 8) | NFQNL_MSG_CONFIG, NLM_F_ACK, &header, sizeof header);
}

// A netlink socket that is bound to queue 0 of the namespace; -1 where the kernel has none
int open_queue(int *error)
{
    static struct request request;
    struct nfqnl_msg_config_cmd bind_command = {.command = NFQNL_CFG_CMD_BIND};
    struct nfqnl_msg_config_params params = {.copy_range = htonl(COPIED), .copy_mode = NFQNL_COPY_PACKET};
    int on = 1, room = 4 << 20;
    int queue = open_netlink(NETLINK_NETFILTER);
    if (queue < 0) {
        *error = errno;
        return -1;
    }
    begin_config(&request);
    put(&request, NFQA_CFG_CMD, &bind_command, sizeof bind_command);
    end_message(&request);
    *error = exchange(queue, &request, 1);
    if (!*error) {
        begin_config(&request);
        put(&request, NFQA_CFG_PARAMS, &params, sizeof params);
        put_number(&request, NFQA_CFG_QUEUE_MAXLEN, QUEUE_LENGTH);
        end_message(&request);
        *error = exchange(queue, &request, 1);
    }
    if (*error) {
        close(queue);
        return -1;
    }
    setsockopt(queue, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(queue, SOL_NETLINK, NO_ENOBUFS, &on, sizeof on);
    return queue;
}
