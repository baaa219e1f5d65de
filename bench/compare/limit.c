/*
 * The least that a SOCKS5 relay of this shape can cost: two epoll loops, the handshake parsed in place, small messages copied, bulk spliced.
 * No policy, no limits, no deadlines, no log, IPv4 addresses only. It shows how far the gateway is from that; it is no proxy to use.
 *
 *   limit PORT      listens on 127.0.0.1
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOPS = 2, BATCH = 256, BUFFER = 64 * 1024, PIPE = 1024 * 1024, TURN = 1024 * 1024, FULL_READS = 4, PIPELINED = 0xE0, GREETING = 262, REQUEST = 10 };
enum state { GREET, ASK, CONNECTING, RELAYING, CLOSED };

struct connection;

struct side {
    struct connection *owner;
    int fd;
    int readable, writable;
};

/* What goes from one side to the other. Bytes that the other side does not take are in `held` or in the pipe. */
struct direction {
    struct side *from, *to;
    uint8_t *held;
    int start, end;
    int pipe[2];
    int piped;
    int full_reads, ended;
};

struct connection {
    enum state state;
    struct side client, target;
    struct direction up, down;
    uint8_t in[GREETING + REQUEST];
    int length, pipelined;
    struct connection *next_closed;
};

struct loop {
    int epoll, listener;
    uint8_t buffer[BUFFER];
    int spare[2];
    struct connection *closed;
};

static void close_connection(struct loop *loop, struct connection *c, int reset)
{
    if (c->state == CLOSED) return;
    c->state = CLOSED;
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (reset) {
        setsockopt(c->client.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        if (c->target.fd >= 0) setsockopt(c->target.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    close(c->client.fd);
    if (c->target.fd >= 0) close(c->target.fd);
    for (int i = 0; i < 2; i++) {
        struct direction *d = i ? &c->down : &c->up;
        free(d->held);
        if (d->pipe[0] >= 0) close(d->pipe[0]), close(d->pipe[1]);
    }
    /* Events of this batch may still point to it */
    c->next_closed = loop->closed;
    loop->closed = c;
}

static void watch(struct loop *loop, struct side *side, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = side};
    epoll_ctl(loop->epoll, operation, side->fd, &event);
}

static int begin_splicing(struct loop *loop, struct direction *d)
{
    if (d->pipe[0] >= 0) return 1;
    if (loop->spare[0] >= 0) {
        memcpy(d->pipe, loop->spare, sizeof d->pipe);
        loop->spare[0] = -1;
        return 1;
    }
    if (pipe2(d->pipe, O_NONBLOCK | O_CLOEXEC) < 0) {
        d->pipe[0] = -1;
        return 0;
    }
    fcntl(d->pipe[1], F_SETPIPE_SZ, PIPE);
    return 1;
}

static void end_splicing(struct loop *loop, struct direction *d)
{
    if (d->pipe[0] < 0 || d->piped > 0) return;
    if (loop->spare[0] < 0) memcpy(loop->spare, d->pipe, sizeof d->pipe);
    else close(d->pipe[0]), close(d->pipe[1]);
    d->pipe[0] = -1;
}

/* Sends what the other side did not take before. 1: all of it; 0: it takes no more; -1: it is broken. */
static int send_held(struct direction *d)
{
    while (d->end > d->start || d->piped > 0) {
        if (!d->to->writable) return 0;
        ssize_t sent = d->piped > 0
            ? splice(d->pipe[0], NULL, d->to->fd, NULL, d->piped, SPLICE_F_MOVE | SPLICE_F_NONBLOCK)
            : send(d->to->fd, d->held + d->start, d->end - d->start, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return d->to->writable = 0;
        if (sent < 0) return -1;
        if (d->piped > 0) d->piped -= (int)sent;
        else if ((d->start += (int)sent) == d->end) d->start = d->end = 0;
    }
    if (d->held) free(d->held), d->held = NULL;
    return 1;
}

static void hold(struct direction *d, const uint8_t *bytes, int count)
{
    if (!(d->held = malloc(count))) abort();
    memcpy(d->held, bytes, count);
    d->start = 0, d->end = count;
}

/* -1 when a side is broken. */
static int carry(struct loop *loop, struct direction *d)
{
    for (int left = TURN; ; ) {
        int sent = send_held(d);
        if (sent <= 0) return sent;
        if (d->ended || !d->from->readable) break;
        if (left <= 0) {
            /* Behind the others: armed again, its event comes with the next batch */
            watch(loop, d->from, EPOLL_CTL_MOD);
            break;
        }
        int splicing = d->full_reads >= FULL_READS && begin_splicing(loop, d);
        ssize_t count = splicing
            ? splice(d->from->fd, NULL, d->pipe[1], NULL, PIPE, SPLICE_F_MOVE | SPLICE_F_NONBLOCK)
            : recv(d->from->fd, loop->buffer, BUFFER, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) {
            d->from->readable = 0;
            break;
        }
        if (count < 0) return -1;
        if (count == 0) {
            d->ended = 1;
            shutdown(d->to->fd, SHUT_WR);
            break;
        }
        left -= (int)count;
        if (splicing) {
            d->piped = (int)count;
            if (count < BUFFER) d->full_reads--;
            continue;
        }
        d->full_reads = count == BUFFER ? d->full_reads + 1 : 0;
        ssize_t taken = send(d->to->fd, loop->buffer, count, MSG_NOSIGNAL);
        if (taken < 0 && errno != EAGAIN && errno != EINTR) return -1;
        if (taken < 0) taken = 0;
        if (taken < count) hold(d, loop->buffer + taken, (int)(count - taken));
    }
    end_splicing(loop, d);
    return 1;
}

static void relay(struct loop *loop, struct connection *c)
{
    if (carry(loop, &c->up) < 0 || carry(loop, &c->down) < 0) close_connection(loop, c, 1);
    else if (c->up.ended && c->down.ended && !c->up.held && !c->down.held) close_connection(loop, c, 0);
}

static int reply(struct connection *c, uint8_t code)
{
    uint8_t bytes[2 + REQUEST] = {5, PIPELINED, 5, code, 0, 1};
    int skipped = c->pipelined ? 0 : 2, length = (int)sizeof bytes - skipped;
    return send(c->client.fd, bytes + skipped, length, MSG_NOSIGNAL) == length;
}

/* The request is whole: what follows it is the target's. */
static int dial(struct loop *loop, struct connection *c, const uint8_t *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int one = 1;
    memcpy(&address.sin_addr, request + 4, 4);
    memcpy(&address.sin_port, request + 8, 2);
    c->target.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->target.fd < 0) return 0;
    setsockopt(c->target.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(c->target.fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) return 0;
    c->state = CONNECTING;
    watch(loop, &c->target, EPOLL_CTL_ADD);
    return 1;
}

/* 0 when the connection is to be closed. */
static int negotiate(struct loop *loop, struct connection *c)
{
    while (c->client.readable) {
        ssize_t count = recv(c->client.fd, c->in + c->length, sizeof c->in - c->length, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) c->client.readable = 0;
        else if (count <= 0) return 0;
        else c->length += (int)count;
        int used = 0;
        if (c->state == GREET && c->length >= 2 && c->length >= 2 + c->in[1]) {
            uint8_t method[2] = {5, memchr(c->in + 2, PIPELINED, c->in[1]) ? PIPELINED : 0};
            if (c->in[0] != 5) return 0;
            /* A client that pipelines has it with the reply */
            if (method[1]) c->pipelined = 1;
            else if (send(c->client.fd, method, sizeof method, MSG_NOSIGNAL) != sizeof method) return 0;
            c->state = ASK;
            used = 2 + c->in[1];
        }
        if (c->state == ASK && c->length - used >= REQUEST) {
            const uint8_t *request = c->in + used;
            if (request[0] != 5 || request[1] != 1 || request[3] != 1) return reply(c, 7) && 0;
            used += REQUEST;
            if (c->length > used) hold(&c->up, c->in + used, c->length - used);
            return dial(loop, c, request);
        }
        /* Not all of it was sent at once: this client waits for the answer */
        if (c->state == ASK && c->pipelined) {
            c->pipelined = 0;
            if (send(c->client.fd, (uint8_t[]){5, PIPELINED}, 2, MSG_NOSIGNAL) != 2) return 0;
        }
        memmove(c->in, c->in + used, c->length -= used);
    }
    return 1;
}

static void connected(struct loop *loop, struct connection *c)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->target.fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error || !reply(c, 0)) {
        if (error) reply(c, 5);
        close_connection(loop, c, 0);
        return;
    }
    c->state = RELAYING;
    relay(loop, c);
}

static void on_event(struct loop *loop, struct side *side, uint32_t events)
{
    struct connection *c = side->owner;
    if (c->state == CLOSED) return;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) side->readable = 1;
    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) side->writable = 1;
    if (c->state == RELAYING) relay(loop, c);
    else if (c->state == CONNECTING && side == &c->target && side->writable) connected(loop, c);
    else if (c->state < CONNECTING && !negotiate(loop, c)) close_connection(loop, c, 0);
}

static void accept_all(struct loop *loop)
{
    for (int fd; (fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0; ) {
        int one = 1;
        struct connection *c = calloc(1, sizeof *c);
        if (!c) abort();
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        c->client = (struct side){c, fd, 0, 0};
        c->target = (struct side){c, -1, 0, 0};
        c->up = (struct direction){.from = &c->client, .to = &c->target, .pipe = {-1, -1}};
        c->down = (struct direction){.from = &c->target, .to = &c->client, .pipe = {-1, -1}};
        watch(loop, &c->client, EPOLL_CTL_ADD);
    }
}

static void *run(void *state)
{
    struct loop *loop = state;
    struct epoll_event events[BATCH];
    for (;;) {
        int count = epoll_wait(loop->epoll, events, BATCH, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr) on_event(loop, events[i].data.ptr, events[i].events);
            else accept_all(loop);
        }
        for (struct connection *c; (c = loop->closed); free(c)) loop->closed = c->next_closed;
    }
    return NULL;
}

int main(int count, char **words)
{
    static struct loop loops[LOOPS];
    pthread_t threads[LOOPS];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (count != 2) return 2;
    address.sin_port = htons((uint16_t)atoi(words[1]));
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < LOOPS; i++) {
        int one = 1;
        struct epoll_event event = {.events = EPOLLIN};
        loops[i].spare[0] = -1;
        loops[i].epoll = epoll_create1(EPOLL_CLOEXEC);
        loops[i].listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        setsockopt(loops[i].listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        setsockopt(loops[i].listener, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
        if (bind(loops[i].listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(loops[i].listener, 4096) < 0) return 1;
        epoll_ctl(loops[i].epoll, EPOLL_CTL_ADD, loops[i].listener, &event);
        pthread_create(&threads[i], NULL, run, &loops[i]);
    }
    pthread_join(threads[0], NULL);
    return 0;
}
