/* A delay line between two network namespaces: a TUN device in each, every packet of one comes out of the other a fixed time later.
 *
 *   delay NEAR FAR [LOG]
 *
 * NEAR and FAR are paths of namespaces (/run/netns/NAME); both devices are called "line" and are configured by whoever starts this. Standard input
 * has lines "ONE-WAY-MICROSECONDS LOST-OF-A-MILLION"; its end ends the program. Standard output has "ready", then a line "set" for each. Packets keep
 * their order. Each way holds 64 MiB; what does not fit is lost, and said at the end. LOG gets a line for each TCP packet as it enters:
 * microseconds, direction, ports, flags, bytes: round trips are counted there. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOT = 2048, SLOTS = 32768, BURST = 64 };

struct packet { int64_t due; uint16_t length; uint8_t bytes[SLOT - 16]; };

/* One direction: a ring of what is under way. */
struct way {
    const char *name;
    int from, to;
    struct packet *ring;
    uint64_t head, tail, carried, lost, overflowed;
};

static int64_t delay_ns;
static uint32_t lost_of_a_million;
static uint64_t seed = 88172645463325252u;
static FILE *packets_log;

static int64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

/* xorshift64: the same packets of a run are lost each time it is repeated from the start. */
static int is_lost(void) {
    if (lost_of_a_million == 0) return 0;
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % 1000000 < lost_of_a_million;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int open_line(const char *namespace) {
    int home = open("/proc/self/ns/net", O_RDONLY), there = open(namespace, O_RDONLY);
    if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) fail(namespace);
    int line = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (line < 0) fail("/dev/net/tun");
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    strcpy(request.ifr_name, "line");
    if (ioctl(line, TUNSETIFF, &request) < 0) fail("TUNSETIFF");
    if (setns(home, CLONE_NEWNET) < 0) fail("setns");
    close(home);
    close(there);
    return line;
}

static void note(const struct way *way, const struct packet *packet, int64_t at) {
    const struct iphdr *ip = (const struct iphdr *)packet->bytes;
    if (packet->length < sizeof *ip || ip->version != 4 || ip->protocol != IPPROTO_TCP) return;
    const struct tcphdr *tcp = (const struct tcphdr *)(packet->bytes + ip->ihl * 4);
    int bytes = ntohs(ip->tot_len) - ip->ihl * 4 - tcp->doff * 4;
    fprintf(packets_log, "%lld %s %d>%d %s%s%s%s %d\n", (long long)(at / 1000), way->name, ntohs(tcp->source), ntohs(tcp->dest),
            tcp->syn ? "S" : "", tcp->ack ? "A" : "", tcp->fin ? "F" : "", tcp->rst ? "R" : "", bytes);
}

/* At most a burst, so that neither direction waits for the other. */
static void take(struct way *way) {
    int64_t at = now_ns();
    for (int i = 0; i < BURST; i++) {
        struct packet *packet = &way->ring[way->tail % SLOTS];
        uint8_t nowhere[SLOT];
        int full = way->tail - way->head == SLOTS;
        ssize_t length = read(way->from, full ? nowhere : packet->bytes, sizeof packet->bytes);
        if (length <= 0) return;
        if (full) { way->overflowed++; continue; }
        packet->length = (uint16_t)length;
        if (packets_log) note(way, packet, at);
        if (is_lost()) { way->lost++; continue; }
        packet->due = at + delay_ns;
        way->tail++;
    }
}

static void give(struct way *way) {
    while (way->head != way->tail) {
        struct packet *packet = &way->ring[way->head % SLOTS];
        if (packet->due > now_ns()) return;
        if (write(way->to, packet->bytes, packet->length) < 0 && errno == EAGAIN) return;
        way->head++;
        way->carried++;
    }
}

static int64_t next_due(const struct way *ways) {
    int64_t due = INT64_MAX;
    for (int i = 0; i < 2; i++)
        if (ways[i].head != ways[i].tail && ways[i].ring[ways[i].head % SLOTS].due < due) due = ways[i].ring[ways[i].head % SLOTS].due;
    return due;
}

/* One line at a time, as the starter waits for each answer. */
static int obey(void) {
    char line[64];
    ssize_t length = read(0, line, sizeof line - 1);
    if (length <= 0) return 0;
    line[length] = 0;
    long micros;
    unsigned lost;
    if (sscanf(line, "%ld %u", &micros, &lost) != 2) { fprintf(stderr, "not understood: %s", line); return 0; }
    delay_ns = micros * 1000;
    lost_of_a_million = lost;
    puts("set");
    return 1;
}

int main(int count, char **arguments) {
    if (count < 3) { fprintf(stderr, "usage: delay NEAR FAR [LOG]\n"); return 2; }
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_TIMERSLACK, 1);
    struct sched_param first = {.sched_priority = 1};
    /* On a busy machine the line must not wait for its turn; where that is not allowed it goes on as it is */
    if (sched_setscheduler(0, SCHED_FIFO, &first) < 0) perror("sched_setscheduler");
    int near = open_line(arguments[1]), far = open_line(arguments[2]);
    if (count > 3 && !(packets_log = fopen(arguments[3], "w"))) fail(arguments[3]);
    struct way ways[] = {{.name = "up", .from = near, .to = far}, {.name = "down", .from = far, .to = near}};
    for (int i = 0; i < 2; i++) {
        ways[i].ring = mmap(NULL, sizeof(struct packet) * SLOTS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (ways[i].ring == MAP_FAILED) fail("mmap");
    }
    puts("ready");
    for (;;) {
        struct pollfd polled[] = {{near, POLLIN, 0}, {far, POLLIN, 0}, {0, POLLIN, 0}};
        int64_t due = next_due(ways), wait = due == INT64_MAX ? 1000000000 : due - now_ns();
        if (wait < 0) wait = 0;
        struct timespec at_most = {wait / 1000000000, wait % 1000000000};
        if (ppoll(polled, 3, &at_most, NULL) < 0 && errno != EINTR) fail("ppoll");
        if (polled[2].revents && !obey()) break;
        for (int i = 0; i < 2; i++) take(&ways[i]);
        for (int i = 0; i < 2; i++) give(&ways[i]);
    }
    for (int i = 0; i < 2; i++)
        fprintf(stderr, "%s: %llu carried, %llu lost, %llu did not fit\n", ways[i].name, (unsigned long long)ways[i].carried,
                (unsigned long long)ways[i].lost, (unsigned long long)ways[i].overflowed);
    if (packets_log) fclose(packets_log);
    return 0;
}
