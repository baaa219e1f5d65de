// The rules of nf_tables in the namespace, by netlink. In the order of their hooks: SYNs are held until the gateway has answered
// (-150), what was refused is rejected by the mark that the verdict left (-140), the rest is led to the one listener (-100).
#define _GNU_SOURCE
#include "helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TCP_SYN = 0x02, TCP_FIN_SYN_RST_ACK = 0x17, TCP_FLAGS = 13 };

static const char table[] = "socks5egress";

struct batch {
    struct request request;
    struct nfgenmsg header;
    size_t expressions;
    int answers;
};

static uint16_t type_of(int message) { return (uint16_t)((NFNL_SUBSYS_NFTABLES << 8) | message); }

static void begin(struct batch *batch, int message)
{
    begin_message(&batch->request, type_of(message), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, &batch->header, sizeof batch->header);
    batch->answers++;
}

static void add_chain(struct batch *batch, const char *name, const char *type, int priority)
{
    begin(batch, NFT_MSG_NEWCHAIN);
    put_text(&batch->request, NFTA_CHAIN_TABLE, table);
    put_text(&batch->request, NFTA_CHAIN_NAME, name);
    size_t hook = begin_nest(&batch->request, NFTA_CHAIN_HOOK);
    put_number(&batch->request, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
    put_number(&batch->request, NFTA_HOOK_PRIORITY, (uint32_t)priority);
    end_nest(&batch->request, hook);
    put_number(&batch->request, NFTA_CHAIN_POLICY, NF_ACCEPT);
    put_text(&batch->request, NFTA_CHAIN_TYPE, type);
    end_message(&batch->request);
}

static void begin_rule(struct batch *batch, const char *chain)
{
    begin(batch, NFT_MSG_NEWRULE);
    put_text(&batch->request, NFTA_RULE_TABLE, table);
    put_text(&batch->request, NFTA_RULE_CHAIN, chain);
    batch->expressions = begin_nest(&batch->request, NFTA_RULE_EXPRESSIONS);
}

static void end_rule(struct batch *batch)
{
    end_nest(&batch->request, batch->expressions);
    end_message(&batch->request);
}

struct expression {
    size_t element, data;
};

static struct expression begin_expression(struct batch *batch, const char *name)
{
    struct expression expression = {.element = begin_nest(&batch->request, NFTA_LIST_ELEM)};
    put_text(&batch->request, NFTA_EXPR_NAME, name);
    expression.data = begin_nest(&batch->request, NFTA_EXPR_DATA);
    return expression;
}

static void end_expression(struct batch *batch, struct expression expression)
{
    end_nest(&batch->request, expression.data);
    end_nest(&batch->request, expression.element);
}

static void load_meta(struct batch *batch, int key)
{
    struct expression meta = begin_expression(batch, "meta");
    put_number(&batch->request, NFTA_META_KEY, (uint32_t)key);
    put_number(&batch->request, NFTA_META_DREG, NFT_REG_1);
    end_expression(batch, meta);
}

static void load_payload(struct batch *batch, int base, uint32_t offset, uint32_t length)
{
    struct expression payload = begin_expression(batch, "payload");
    put_number(&batch->request, NFTA_PAYLOAD_DREG, NFT_REG_1);
    put_number(&batch->request, NFTA_PAYLOAD_BASE, (uint32_t)base);
    put_number(&batch->request, NFTA_PAYLOAD_OFFSET, offset);
    put_number(&batch->request, NFTA_PAYLOAD_LEN, length);
    end_expression(batch, payload);
}

static void put_value(struct batch *batch, uint16_t type, const void *value, size_t length)
{
    size_t nest = begin_nest(&batch->request, type);
    put(&batch->request, NFTA_DATA_VALUE, value, length);
    end_nest(&batch->request, nest);
}

static void must_equal(struct batch *batch, const void *value, size_t length)
{
    struct expression compare = begin_expression(batch, "cmp");
    put_number(&batch->request, NFTA_CMP_SREG, NFT_REG_1);
    put_number(&batch->request, NFTA_CMP_OP, NFT_CMP_EQ);
    put_value(batch, NFTA_CMP_DATA, value, length);
    end_expression(batch, compare);
}

static void must_have_protocol(struct batch *batch, uint8_t protocol)
{
    load_meta(batch, NFT_META_L4PROTO);
    must_equal(batch, &protocol, 1);
}

static void mask(struct batch *batch, uint8_t bits)
{
    uint8_t none = 0;
    struct expression bitwise = begin_expression(batch, "bitwise");
    put_number(&batch->request, NFTA_BITWISE_SREG, NFT_REG_1);
    put_number(&batch->request, NFTA_BITWISE_DREG, NFT_REG_1);
    put_number(&batch->request, NFTA_BITWISE_LEN, 1);
    put_value(batch, NFTA_BITWISE_MASK, &bits, 1);
    put_value(batch, NFTA_BITWISE_XOR, &none, 1);
    end_expression(batch, bitwise);
}

static void end_with_verdict(struct batch *batch, int verdict)
{
    struct expression immediate = begin_expression(batch, "immediate");
    put_number(&batch->request, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    size_t data = begin_nest(&batch->request, NFTA_IMMEDIATE_DATA);
    size_t code = begin_nest(&batch->request, NFTA_DATA_VERDICT);
    put_number(&batch->request, NFTA_VERDICT_CODE, (uint32_t)verdict);
    end_nest(&batch->request, code);
    end_nest(&batch->request, data);
    end_expression(batch, immediate);
    end_rule(batch);
}

// What stays inside: loopback, and the address that lo has beside it
static void pass_loopback(struct batch *batch, const char *chain)
{
    static const uint8_t loopback_ipv6[16] = {[15] = 1}, own_ipv6[16] = OWN_IPV6;
    bool is_ipv6 = batch->header.nfgen_family == NFPROTO_IPV6;
    uint8_t first = 127;
    uint32_t own = htonl(OWN_IPV4);
    begin_rule(batch, chain);
    load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, is_ipv6 ? 24 : 16, is_ipv6 ? 16 : 1);
    must_equal(batch, is_ipv6 ? (const void *)loopback_ipv6 : &first, is_ipv6 ? 16 : 1);
    end_with_verdict(batch, NF_ACCEPT);
    begin_rule(batch, chain);
    load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, is_ipv6 ? 24 : 16, is_ipv6 ? 16 : 4);
    must_equal(batch, is_ipv6 ? (const void *)own_ipv6 : &own, is_ipv6 ? 16 : 4);
    end_with_verdict(batch, NF_ACCEPT);
}

// The kernel would answer for every address itself
static void drop_echo_requests(struct batch *batch)
{
    bool is_ipv6 = batch->header.nfgen_family == NFPROTO_IPV6;
    uint8_t echo = is_ipv6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO;
    begin_rule(batch, "syn");
    must_have_protocol(batch, is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    load_payload(batch, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
    must_equal(batch, &echo, 1);
    end_with_verdict(batch, NF_DROP);
}

// Without "bypass": when nobody listens to the queue any more, the SYN is dropped
static void hold_syns(struct batch *batch, int queue)
{
    uint8_t syn = TCP_SYN;
    uint16_t number = 0, count = htons(1);
    begin_rule(batch, "syn");
    must_have_protocol(batch, IPPROTO_TCP);
    load_payload(batch, NFT_PAYLOAD_TRANSPORT_HEADER, TCP_FLAGS, 1);
    mask(batch, TCP_FIN_SYN_RST_ACK);
    must_equal(batch, &syn, 1);
    struct expression hold = begin_expression(batch, queue == QUEUE_TARGET ? "target" : "queue");
    if (queue == QUEUE_TARGET) {
        // struct xt_NFQ_info, revision 0; padded as the kernel pads it
        uint8_t info[8] = {0};
        put_text(&batch->request, NFTA_TARGET_NAME, "NFQUEUE");
        put_number(&batch->request, NFTA_TARGET_REV, 0);
        put(&batch->request, NFTA_TARGET_INFO, info, sizeof info);
    } else {
        put(&batch->request, NFTA_QUEUE_NUM, &number, sizeof number);
        put(&batch->request, NFTA_QUEUE_TOTAL, &count, sizeof count);
    }
    end_expression(batch, hold);
    end_rule(batch);
}

static void reject(struct batch *batch, uint32_t mark, int type, uint8_t code)
{
    begin_rule(batch, "verdict");
    load_meta(batch, NFT_META_MARK);
    must_equal(batch, &mark, sizeof mark);
    must_have_protocol(batch, IPPROTO_TCP);
    struct expression reject = begin_expression(batch, "reject");
    put_number(&batch->request, NFTA_REJECT_TYPE, (uint32_t)type);
    if (type == NFT_REJECT_ICMP_UNREACH) put(&batch->request, NFTA_REJECT_ICMP_CODE, &code, sizeof code);
    end_expression(batch, reject);
    end_rule(batch);
}

static void redirect(struct batch *batch, uint16_t port)
{
    uint16_t swapped = htons(port);
    begin_rule(batch, "redirect");
    must_have_protocol(batch, IPPROTO_TCP);
    struct expression immediate = begin_expression(batch, "immediate");
    put_number(&batch->request, NFTA_IMMEDIATE_DREG, NFT_REG_1);
    put_value(batch, NFTA_IMMEDIATE_DATA, &swapped, sizeof swapped);
    end_expression(batch, immediate);
    struct expression redir = begin_expression(batch, "redir");
    put_number(&batch->request, NFTA_REDIR_REG_PROTO_MIN, NFT_REG_1);
    end_expression(batch, redir);
    end_rule(batch);
}

static void add_family(struct batch *batch, struct helper *helper, int family, int queue)
{
    bool is_ipv6 = family == NFPROTO_IPV6;
    batch->header.nfgen_family = (uint8_t)family;
    begin(batch, NFT_MSG_NEWTABLE);
    put_text(&batch->request, NFTA_TABLE_NAME, table);
    end_message(&batch->request);
    add_chain(batch, "syn", "filter", -150);
    pass_loopback(batch, "syn");
    drop_echo_requests(batch);
    if (queue != QUEUE_NONE) {
        hold_syns(batch, queue);
        add_chain(batch, "verdict", "filter", -140);
        reject(batch, MARK_RESET, NFT_REJECT_TCP_RST, 0);
        reject(batch, MARK_HOST, NFT_REJECT_ICMP_UNREACH, is_ipv6 ? ICMPV6_ADDR_UNREACH : ICMP_HOST_UNREACH);
        reject(batch, MARK_NETWORK, NFT_REJECT_ICMP_UNREACH, is_ipv6 ? ICMPV6_NOROUTE : ICMP_NET_UNREACH);
        reject(batch, MARK_PROHIBITED, NFT_REJECT_ICMP_UNREACH, is_ipv6 ? ICMPV6_ADM_PROHIBITED : ICMP_HOST_ANO);
    }
    add_chain(batch, "redirect", "nat", -100);
    pass_loopback(batch, "redirect");
    redirect(batch, helper->port);
}

// All or nothing. Returns 0 or an errno.
int install_rules(struct helper *helper, int queue)
{
    static struct batch batch;
    memset(&batch, 0, sizeof batch);
    struct nfgenmsg whole = {.nfgen_family = AF_UNSPEC, .res_id = htons(NFNL_SUBSYS_NFTABLES)};
    int netlink = open_netlink(NETLINK_NETFILTER);
    if (netlink < 0) return errno;
    begin_message(&batch.request, NFNL_MSG_BATCH_BEGIN, 0, &whole, sizeof whole);
    end_message(&batch.request);
    add_family(&batch, helper, NFPROTO_IPV4, queue);
    if (helper->has_ipv6) add_family(&batch, helper, NFPROTO_IPV6, queue);
    begin_message(&batch.request, NFNL_MSG_BATCH_END, 0, &whole, sizeof whole);
    end_message(&batch.request);
    int error = exchange(netlink, &batch.request, batch.answers);
    close(netlink);
    return error;
}
