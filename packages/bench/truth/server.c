/*
 * The truth server streams chat-completion chunks over HTTP/1.1 on loopback at known times, and says when it wrote each.
 *
 *   truth-server port=0 realtime=1 n=100 ttft=50000 gap=20000 jitter=0 sync=0 flood=0 stamp=0
 *
 * It prints `listening on <port>` and ends when its standard input ends. Its command line says what streams are like, and the query
 * of a request may say otherwise. Every chunk carries CLOCK_MONOTONIC ns, taken right before its send(): a client on the same machine
 * subtracts it from its own stamp.
 *
 *   POST …/chat/completions   the stream
 *   GET /stats                {"cpuUs","streams","events","lateNs","realtime"}: CPU so far, streams begun, chunks written, the worst delay against the plan since last asked;
 *                             {"heardNs","closedNs","open","bodies"}: when a client last sent something, when one last closed a connection, how many have
 *                             connections open, and a sum over the bodies of all requests, the same in whatever order they came
 *   GET /log                  int64, little endian: per timed stream its id (the query's, else 53 bits of a hash of the request's body), when its request came by the kernel's
 *                             clock (over TLS when it was read), how many chunks, when each was written
 *   GET /fail                 cuts every stream, and from then on answers requests for one with 500
 *   GET /v1/models, /health   what clients ask before they begin
 *
 * If it was built with -DTLS and started with cert=FILE key=FILE, it also speaks TLS on the same port, with clients that begin with it.
 *
 * It is one process with one thread, epoll, a heap of timers and one send() a chunk.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif
#include "parameters.h"

#define FDS 65536
#define REQUEST_BYTES 65536
#define CHUNK_BYTES 1024
#define CHUNKS_MAX 1000000
#define BATCH 64            /* chunks that a flood sends at once */
#define BATCHES_A_TURN 8    /* then the other streams have their turn */
#define TICKS_A_TURN 512
#define RETRY_NS 1000000    /* a socket that is full is tried again so much later */
#define ID_MASK 0x1fffffffffffffULL /* what a double holds whole */

typedef struct Log { struct Log *next; i64 id, got, count, at[]; } Log;

typedef struct {
  int fd, heap_at, streaming;
  Stream stream;
  i64 arrived, got, planned, due, sent; /* when the request came and when it was read; the next chunk's time without and with jitter; chunks written */
  Log *log;
  size_t flood_at;              /* bytes of the flood's batch that are written */
  char *out;                    /* what the socket did not take */
  size_t out_at, out_length, out_size;
  size_t in_length;
  int is_client;                /* has sent a request for a stream */
#ifdef TLS
  int is_greeted;               /* whether it speaks TLS is known */
  SSL *tls;
#endif
  char in[REQUEST_BYTES];
} Connection;

static Connection *connections[FDS], *heap[FDS + 1];
static int heap_length, epoll_fd, is_realtime, is_failing, clients;
static i64 events, worst_late, streams, heard, closed;
static unsigned long long bodies;
static Stream defaults;
static Log *first_log, **log_end = &first_log;
/* What a flood repeats, for each place of the time, and where each chunk of it ends. The time is 0 there; in a field it counts, so that no two chunks are alike. */
static char flood[3][BATCH * CHUNK_BYTES];
static size_t flood_ends[3][BATCH];

/* ---- timers: a binary heap by due time; heap_at = 0 means not in it ---- */

static void place(Connection *c, int at) { heap[at] = c; c->heap_at = at; }

static void settle(int at) {
  Connection *c = heap[at];
  for (; at > 1 && heap[at / 2]->due > c->due; at /= 2) place(heap[at / 2], at);
  for (;;) {
    int child = 2 * at;
    if (child > heap_length) break;
    if (child < heap_length && heap[child + 1]->due < heap[child]->due) child++;
    if (heap[child]->due >= c->due) break;
    place(heap[child], at);
    at = child;
  }
  place(c, at);
}

static void arm(Connection *c, i64 due) {
  c->due = due;
  if (!c->heap_at) place(c, ++heap_length);
  settle(c->heap_at);
}

static void disarm(Connection *c) {
  int at = c->heap_at;
  if (!at) return;
  c->heap_at = 0;
  Connection *last = heap[heap_length--];
  if (last == c) return;
  place(last, at);
  settle(at);
}

/* ---- what a connection is written to and read from ---- */

/* Reads like recv(), and notes when the kernel had the last byte, which is earlier while this thread serves others. */
static ssize_t get_plain(Connection *c, char *to, size_t size) {
  char control[CMSG_SPACE(sizeof(struct timespec))];
  struct iovec part = {.iov_base = to, .iov_len = size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(c->fd, &message, 0);
  i64 now = c->arrived = now_ns();
  struct cmsghdr *first = CMSG_FIRSTHDR(&message);
  if (length <= 0 || !first || first->cmsg_level != SOL_SOCKET || first->cmsg_type != SCM_TIMESTAMPNS) return length;
  struct timespec stamp, wall;
  memcpy(&stamp, CMSG_DATA(first), sizeof stamp);
  clock_gettime(CLOCK_REALTIME, &wall);
  i64 waited = 1000000000LL * (wall.tv_sec - stamp.tv_sec) + wall.tv_nsec - stamp.tv_nsec;
  if (waited > 0) c->arrived = now - waited;
  return length;
}

#ifdef TLS
#define TLS_GREETING 0x16

static SSL_CTX *tls_context;

/* Turns a result of OpenSSL into what send() and recv() would return. */
static ssize_t as_socket(Connection *c, int result) {
  if (result > 0) return result;
  int error = SSL_get_error(c->tls, result);
  ERR_clear_error(); /* it would be taken for the next connection's */
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  return -1;
}

/* Looks at the first byte without taking it. It is -1 while there is none. */
static int greet(Connection *c) {
  unsigned char first;
  ssize_t length = recv(c->fd, &first, 1, MSG_PEEK);
  if (length <= 0) return length;
  c->is_greeted = 1;
  if (first != TLS_GREETING || !tls_context) return 1;
  c->tls = SSL_new(tls_context);
  SSL_set_fd(c->tls, c->fd);
  SSL_set_accept_state(c->tls);
  return 1;
}

static ssize_t put(Connection *c, const char *bytes, size_t length) {
  return c->tls ? as_socket(c, SSL_write(c->tls, bytes, length)) : send(c->fd, bytes, length, MSG_NOSIGNAL);
}

static ssize_t get(Connection *c, char *to, size_t size) {
  int greeted = c->is_greeted ? 1 : greet(c);
  if (greeted <= 0) return greeted;
  if (!c->tls) return get_plain(c, to, size);
  ssize_t length = as_socket(c, SSL_read(c->tls, to, size));
  c->arrived = now_ns();
  return length;
}

static void start_tls(const char *cert, const char *key) {
  tls_context = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_mode(tls_context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_file(tls_context, cert, SSL_FILETYPE_PEM) == 1 && SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) == 1) return;
  fprintf(stderr, "the certificate or its key cannot be used\n");
  exit(2);
}

static void forget_tls(Connection *c) { if (c->tls) SSL_free(c->tls); }
#else
static ssize_t put(Connection *c, const char *bytes, size_t length) { return send(c->fd, bytes, length, MSG_NOSIGNAL); }
static ssize_t get(Connection *c, char *to, size_t size) { return get_plain(c, to, size); }
static void forget_tls(Connection *c) { (void)c; }
#endif

/* ---- sockets ---- */

static void watch(Connection *c, unsigned wanted) {
  struct epoll_event event = {.events = wanted, .data.fd = c->fd};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
}

static void hang_up(Connection *c) {
  disarm(c);
  forget_tls(c);
  close(c->fd);
  if (c->is_client) { clients--; closed = now_ns(); }
  connections[c->fd] = NULL;
  free(c->out);
  free(c);
}

/* Writes what waits. It returns 1 if all was written, 0 if the socket is full, -1 if the connection is gone. */
static int flush(Connection *c) {
  while (c->out_at < c->out_length) {
    ssize_t wrote = put(c, c->out + c->out_at, c->out_length - c->out_at);
    if (wrote < 0 && errno == EAGAIN) { watch(c, EPOLLIN | EPOLLOUT); return 0; }
    if (wrote < 0) { hang_up(c); return -1; }
    c->out_at += wrote;
  }
  c->out_at = c->out_length = 0;
  return 1;
}

/* Writes these bytes after what waits already. */
static int say(Connection *c, const char *bytes, size_t length) {
  if (!c->out_length) {
    ssize_t wrote = put(c, bytes, length);
    if (wrote == (ssize_t)length) return 1;
    if (wrote < 0 && errno != EAGAIN) { hang_up(c); return -1; }
    if (wrote > 0) { bytes += wrote; length -= wrote; }
  }
  if (c->out_length + length > c->out_size) c->out = realloc(c->out, c->out_size = 2 * (c->out_length + length));
  memcpy(c->out + c->out_length, bytes, length);
  c->out_length += length;
  return flush(c);
}

/* ---- what a stream says ---- */

#define HEAD "data: {\"id\":\"chatcmpl-5c1f0e6a9d7b4c38\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,\"model\":\"truth\",\"choices\":["

/* Words as models write them. Some have an escape, or more than one byte a character. */
static const char *WORDS[16] = {" it", " takes", " a", " while", ",", " then", " flows", " \\\"out\\\"", ".", "\\n", " Na\xc3\xafve", " users", " see", " only", " steps", "!"};

static int framed(char *to, const char *body, int length) {
  int head = sprintf(to, "%x\r\n", length);
  memcpy(to + head, body, length);
  memcpy(to + head + length, "\r\n", 2);
  return head + length + 2;
}

static int chunk(char *to, i64 i, i64 at, i64 stamp) {
  char body[CHUNK_BYTES], in_content[DIGITS + 1] = "", in_field[DIGITS + 16] = "";
  if (stamp == IN_CONTENT) sprintf(in_content, "%0*lld", DIGITS, at);
  if (stamp == IN_FIELD) sprintf(in_field, ",\"written\":\"%0*lld\"", DIGITS, at);
  int length = sprintf(body, HEAD "{\"index\":0,\"delta\":{\"content\":\"%s%s\"},\"logprobs\":null,\"finish_reason\":null}]%s}\n\n", WORDS[i & 15], in_content, in_field);
  return framed(to, body, length);
}

static int opening(char *to, i64 got) {
  char body[CHUNK_BYTES];
  int length = sprintf(body, HEAD "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}],\"got\":\"%0*lld\"}\n\n", DIGITS, got);
  int head = sprintf(to, "HTTP/1.1 200 OK\r\nserver: truth\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n");
  return head + framed(to + head, body, length);
}

static int ending(char *to, i64 n) {
  char body[CHUNK_BYTES];
  int length = sprintf(body, HEAD "{\"index\":0,\"delta\":{\"content\":\"\"},\"logprobs\":null,\"finish_reason\":\"length\"}]}\n\n");
  int at = framed(to, body, length);
  length = sprintf(body, HEAD "],\"usage\":{\"prompt_tokens\":12,\"total_tokens\":%lld,\"completion_tokens\":%lld}}\n\n", n + 12, n);
  at += framed(to + at, body, length);
  at += framed(to + at, "data: [DONE]\n\n", 14);
  return at + sprintf(to + at, "0\r\n\r\n");
}

/* ---- streams ---- */

static void serve(Connection *c);

static void finish(Connection *c) {
  char last[4 * CHUNK_BYTES];
  c->streaming = 0;
  disarm(c);
  if (say(c, last, ending(last, c->stream.n)) >= 0 && c->in_length) serve(c);
}

static i64 jittered(const Connection *c) {
  static unsigned long long state = 88172645463325252ULL;
  if (!c->stream.jitter) return c->planned;
  state ^= state << 13; state ^= state >> 7; state ^= state << 17;
  i64 span = 2000 * c->stream.jitter;
  return c->planned + (i64)(state % span) - span / 2;
}

static void tick(Connection *c) {
  i64 at = now_ns();
  if (c->out_length) { arm(c, at + RETRY_NS); return; }
  if (at - c->due > worst_late) worst_late = at - c->due;
  char bytes[CHUNK_BYTES];
  int length = chunk(bytes, c->sent, at, c->stream.stamp);
  c->log->at[c->log->count++] = at;
  c->sent++;
  events++;
  if (say(c, bytes, length) < 0) return;
  if (c->sent == c->stream.n) { finish(c); return; }
  c->planned += 1000 * c->stream.gap;
  arm(c, jittered(c));
}

static void pour(Connection *c) {
  const char *bytes = flood[c->stream.stamp];
  const size_t *ends = flood_ends[c->stream.stamp];
  for (int batch = 0; c->sent < c->stream.n; batch++) {
    if (batch == BATCHES_A_TURN) { watch(c, EPOLLIN | EPOLLOUT); return; }
    i64 count = c->stream.n - c->sent < BATCH ? c->stream.n - c->sent : BATCH;
    ssize_t wrote = put(c, bytes + c->flood_at, ends[count - 1] - c->flood_at);
    if (wrote < 0 && errno == EAGAIN) { watch(c, EPOLLIN | EPOLLOUT); return; }
    if (wrote < 0) { hang_up(c); return; }
    c->flood_at += wrote;
    if (c->flood_at < ends[count - 1]) continue;
    c->flood_at = 0;
    c->sent += count;
    events += count;
  }
  watch(c, EPOLLIN);
  finish(c);
}

static void begin(Connection *c, const char *line, const char *line_end, unsigned long long body) {
  Stream *s = &c->stream;
  *s = defaults;
  s->id = body & ID_MASK;
  streams++;
  for (const char *at = line; at < line_end; at++) {
    if (*at == '?' || *at == '&') set_parameter(s, at + 1);
  }
  if (s->n < 1 || s->n > CHUNKS_MAX) s->n = STREAM.n;
  if (s->gap < 1) s->gap = 1;
  if (s->stamp < IN_CONTENT || s->stamp > NOWHERE) s->stamp = IN_CONTENT;
  c->streaming = 1;
  c->sent = 0;
  c->flood_at = 0;
  char head[2 * CHUNK_BYTES];
  if (say(c, head, opening(head, c->arrived)) < 0) return;
  if (s->flood) { pour(c); return; }
  c->log = calloc(1, sizeof(Log) + s->n * sizeof(i64));
  c->log->id = s->id;
  c->log->got = c->arrived;
  *log_end = c->log;
  log_end = &c->log->next;
  i64 gap = 1000 * s->gap;
  c->planned = c->got + 1000 * s->ttft;
  if (s->sync) c->planned = (c->planned / gap + 1) * gap;
  arm(c, jittered(c));
}

/* ---- requests ---- */

static void answer(Connection *c, int status, const char *type, const char *body, size_t length) {
  char head[256];
  int size = sprintf(head, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n\r\n", status, status == 200 ? "OK" : "Not Served", type, length);
  if (say(c, head, size) >= 0) say(c, body, length);
}

static void answer_stats(Connection *c) {
  struct rusage use;
  char body[512];
  getrusage(RUSAGE_SELF, &use);
  i64 cpu_us = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000LL + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
  int length = sprintf(body, "{\"cpuUs\":%lld,\"streams\":%lld,\"events\":%lld,\"lateNs\":%lld,\"realtime\":%s,", cpu_us, streams, events, worst_late, is_realtime ? "true" : "false");
  length += sprintf(body + length, "\"heardNs\":%lld,\"closedNs\":%lld,\"open\":%d,\"bodies\":\"%016llx\"}", heard, closed, clients, bodies);
  worst_late = 0;
  answer(c, 200, "application/json", body, length);
}

static void answer_log(Connection *c) {
  size_t size = 0, at = 0;
  for (Log *log = first_log; log; log = log->next) size += (3 + log->count) * sizeof(i64);
  char *body = malloc(size + 1);
  for (Log *log = first_log; log; log = log->next) {
    size_t bytes = (3 + log->count) * sizeof(i64);
    memcpy(body + at, &log->id, bytes);
    at += bytes;
  }
  answer(c, 200, "application/octet-stream", body, size);
  free(body);
}

static int begins(const char *line, const char *with) { return !strncmp(line, with, strlen(with)); }

/* FNV-1a. */
static unsigned long long hash(const char *bytes, size_t length) {
  unsigned long long value = 14695981039346656037ULL;
  for (size_t i = 0; i < length; i++) value = (value ^ (unsigned char)bytes[i]) * 1099511628211ULL;
  return value;
}

static void fail_all(void) {
  is_failing = 1;
  for (int fd = 0; fd < FDS; fd++) {
    if (connections[fd] && connections[fd]->is_client) hang_up(connections[fd]);
  }
}

static void begin_or_fail(Connection *c, const char *line, const char *line_end, unsigned long long body) {
  if (!c->is_client) { c->is_client = 1; clients++; }
  if (is_failing) answer(c, 500, "application/json", "{}", 2);
  else begin(c, line, line_end, body);
}

static void serve(Connection *c) {
  char *head_end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
  if (!head_end) {
    if (c->in_length == REQUEST_BYTES) hang_up(c);
    return;
  }
  *head_end = 0;
  char *length_header = strcasestr(c->in, "\r\ncontent-length:");
  *head_end = '\r';
  size_t whole = head_end + 4 - c->in + (length_header ? strtoul(length_header + 17, NULL, 10) : 0);
  if (whole > REQUEST_BYTES) { hang_up(c); return; }
  if (c->in_length < whole) return;
  c->got = now_ns();
  char line[1024];
  size_t line_length = strcspn(c->in, "\r");
  if (line_length >= sizeof line) line_length = sizeof line - 1;
  memcpy(line, c->in, line_length);
  line[line_length] = 0;
  int is_stream = begins(line, "POST ") && strstr(line, "/chat/completions");
  unsigned long long body = hash(head_end + 4, whole - (head_end + 4 - c->in));
  if (is_stream) bodies += body;
  c->in_length -= whole;
  memmove(c->in, c->in + whole, c->in_length);
  if (is_stream) begin_or_fail(c, line, line + line_length, body);
  else if (begins(line, "GET /stats")) answer_stats(c);
  else if (begins(line, "GET /log")) answer_log(c);
  else if (begins(line, "GET /fail")) { fail_all(); answer(c, 200, "application/json", "{}", 2); }
  else if (begins(line, "GET /v1/models")) answer(c, 200, "application/json", "{\"object\":\"list\",\"data\":[{\"id\":\"truth\",\"object\":\"model\"}]}", 58);
  else if (begins(line, "GET /health")) answer(c, 200, "application/json", "{}", 2);
  else answer(c, 404, "application/json", "{}", 2);
}

static void read_request(Connection *c) {
  ssize_t length = get(c, c->in + c->in_length, REQUEST_BYTES - c->in_length);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) { hang_up(c); return; }
  c->in_length += length;
  if (c->in[0] == 'P') heard = now_ns();
  if (!c->streaming) serve(c);
}

static void accept_all(int listener) {
  int one = 1;
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    Connection *c = fd < FDS ? calloc(1, sizeof *c) : NULL;
    if (!c) { close(fd); continue; }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    c->fd = fd;
    connections[fd] = c;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
  }
}

static void ready(const struct epoll_event *event) {
  Connection *c = connections[event->data.fd];
  if (!c) return;
  if (event->events & EPOLLOUT) {
    if (flush(c) != 1) return;
    watch(c, EPOLLIN);
    if (c->streaming && c->stream.flood) {
      int fd = c->fd;
      pour(c);
      if (!(c = connections[fd])) return;
    }
  }
  if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_request(c);
}

static int wait_for(struct epoll_event *got, int size) {
  i64 wait = heap_length ? heap[1]->due - now_ns() : 1000000000;
  if (wait < 0) wait = 0;
  if (wait > 1000000000) wait = 1000000000;
  struct timespec time = {wait / 1000000000, wait % 1000000000};
  return epoll_pwait2(epoll_fd, got, size, &time, NULL);
}

int main(int argc, char **argv) {
  int port = 0, one = 1;
  const char *cert = NULL, *key = NULL;
  defaults = STREAM;
  for (int i = 1; i < argc; i++) {
    if (begins(argv[i], "port=")) port = atoi(argv[i] + 5);
    else if (begins(argv[i], "cert=")) cert = argv[i] + 5;
    else if (begins(argv[i], "key=")) key = argv[i] + 4;
    else if (begins(argv[i], "realtime=")) {
      struct sched_param priority = {.sched_priority = 10};
      is_realtime = atoi(argv[i] + 9) && !sched_setscheduler(0, SCHED_FIFO, &priority);
    } else if (!set_parameter(&defaults, argv[i])) { fprintf(stderr, "unknown: %s\n", argv[i]); return 2; }
  }
  signal(SIGPIPE, SIG_IGN);
#ifdef TLS
  if (cert && key) start_tls(cert, key);
#else
  if (cert || key) { fprintf(stderr, "built without TLS\n"); return 2; }
#endif
  for (int place = 0; place < 3; place++) {
    for (size_t i = 0, at = 0; i < BATCH; i++) flood_ends[place][i] = at += chunk(flood[place] + at, i, place == IN_FIELD ? (i64)i : 0, place);
  }

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (void *)&address, size) || listen(listener, 4096)) { perror("listen"); return 1; }
  getsockname(listener, (void *)&address, &size);
  printf("listening on %d\n", ntohs(address.sin_port));
  fflush(stdout);

  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = STDIN_FILENO;
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  for (struct epoll_event got[256];;) {
    int count = wait_for(got, 256);
    for (int i = 0; i < count; i++) {
      if (got[i].data.fd == listener) accept_all(listener);
      else if (got[i].data.fd != STDIN_FILENO) ready(&got[i]);
      else if (read(STDIN_FILENO, (char[64]){0}, 64) <= 0) return 0;
    }
    for (int ticks = 0; heap_length && ticks < TICKS_A_TURN && heap[1]->due <= now_ns(); ticks++) tick(heap[1]);
  }
}
