// Messages to the kernel's networking, put together without a library: `ip` and `nft` would cost a process each, and an image
// that holds one program has neither.
#define _GNU_SOURCE
#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t message_start;
static uint32_t sequence;

int open_netlink(int protocol)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (netlink >= 0 && bind(netlink, (struct sockaddr *)&address, sizeof address) != 0) {
        int error = errno;
        close(netlink);
        errno = error;
        return -1;
    }
    return netlink;
}

static void append(struct request *request, const void *data, size_t length)
{
    memcpy(request->bytes + request->length, data, length);
    size_t padded = NLMSG_ALIGN(length);
    memset(request->bytes + request->length + length, 0, padded - length);
    request->length += padded;
}

void begin_message(struct request *request, uint16_t type, uint16_t flags, const void *header, size_t length)
{
    message_start = request->length;
    struct nlmsghdr message = {.nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST, .nlmsg_seq = ++sequence};
    append(request, &message, sizeof message);
    append(request, header, length);
}

void end_message(struct request *request)
{
    struct nlmsghdr *message = (struct nlmsghdr *)(request->bytes + message_start);
    message->nlmsg_len = (uint32_t)(request->length - message_start);
}

void put(struct request *request, uint16_t type, const void *data, size_t length)
{
    struct nlattr attribute = {.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = type};
    append(request, &attribute, sizeof attribute);
    append(request, data, length);
}

void put_text(struct request *request, uint16_t type, const char *text)
{
    put(request, type, text, strlen(text) + 1);
}

// nf_tables has its numbers in network order
void put_number(struct request *request, uint16_t type, uint32_t number)
{
    uint32_t swapped = htonl(number);
    put(request, type, &swapped, sizeof swapped);
}

size_t begin_nest(struct request *request, uint16_t type)
{
    size_t start = request->length;
    struct nlattr attribute = {.nla_type = (uint16_t)(type | NLA_F_NESTED)};
    append(request, &attribute, sizeof attribute);
    return start;
}

void end_nest(struct request *request, size_t start)
{
    struct nlattr *attribute = (struct nlattr *)(request->bytes + start);
    attribute->nla_len = (uint16_t)(request->length - start);
}

// Sends what was put together and reads as many acknowledgments. Returns 0, or the first errno that one of them names.
int exchange(int netlink, struct request *request, int answers)
{
    if (send(netlink, request->bytes, request->length, 0) < 0) return errno;
    int first = 0;
    char answer[8192];
    while (answers > 0) {
        ssize_t length = recv(netlink, answer, sizeof answer, 0);
        if (length < 0) {
            if (errno == EINTR) continue;
            return first ? first : errno;
        }
        for (struct nlmsghdr *message = (struct nlmsghdr *)answer; NLMSG_OK(message, (uint32_t)length); message = NLMSG_NEXT(message, length)) {
            if (message->nlmsg_type != NLMSG_ERROR) continue;
            int error = -((struct nlmsgerr *)NLMSG_DATA(message))->error;
            if (error && !first) first = error;
            answers--;
            // A batch that is refused as a whole is answered once
            if (error && message->nlmsg_len < NLMSG_HDRLEN + sizeof(struct nlmsgerr)) return first;
        }
        // Of a failed batch the other answers may be missing
        if (first) return first;
    }
    return first;
}
