// Makes every address one of this machine's own (AnyIP): what the command connects to is delivered on loopback, and no
// route leads anywhere else.
#define _GNU_SOURCE
#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPBACK = 1 };

static const uint8_t own_ipv6[16] = OWN_IPV6;

static int ask(int netlink, struct request *request)
{
    end_message(request);
    int error = exchange(netlink, request, 1);
    request->length = 0;
    return error;
}

static int bring_up(int netlink, struct request *request)
{
    struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = LOOPBACK, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    begin_message(request, RTM_NEWLINK, NLM_F_ACK, &link, sizeof link);
    return ask(netlink, request);
}

// An address that is not a loopback one: resolvers ask for a family only when they find one (AI_ADDRCONFIG, RFC 3493 section 6.1)
static int add_address(int netlink, struct request *request, int family, const void *address, uint8_t bits)
{
    struct ifaddrmsg header = {.ifa_family = (uint8_t)family, .ifa_prefixlen = bits, .ifa_scope = RT_SCOPE_UNIVERSE, .ifa_index = LOOPBACK};
    begin_message(request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put(request, IFA_LOCAL, address, bits / 8);
    put(request, IFA_ADDRESS, address, bits / 8);
    return ask(netlink, request);
}

static int add_route(int netlink, struct request *request, int family, const void *source, size_t length)
{
    struct rtmsg header = {
        .rtm_family = (uint8_t)family, .rtm_table = RT_TABLE_LOCAL, .rtm_protocol = RTPROT_BOOT,
        .rtm_scope = RT_SCOPE_HOST, .rtm_type = RTN_LOCAL,
    };
    uint32_t device = LOOPBACK;
    begin_message(request, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE, &header, sizeof header);
    put(request, RTA_OIF, &device, sizeof device);
    if (source) put(request, RTA_PREFSRC, source, length);
    return ask(netlink, request);
}

void make_everything_local(struct helper *helper)
{
    struct request request = {0};
    int netlink = open_netlink(NETLINK_ROUTE);
    if (netlink < 0) fail(helper, "rtnetlink", errno);
    int error = bring_up(netlink, &request);
    if (error) fail(helper, "bringing loopback up", error);
    uint32_t own = htonl(OWN_IPV4);
    error = add_address(netlink, &request, AF_INET, &own, 32);
    if (!error) error = add_route(netlink, &request, AF_INET, &own, sizeof own);
    if (error) fail(helper, "the local route", error);
    // A kernel without IPv6 is one where the command has none either
    helper->has_ipv6 = add_address(netlink, &request, AF_INET6, own_ipv6, 128) == 0 && add_route(netlink, &request, AF_INET6, NULL, 0) == 0;
    close(netlink);
}
