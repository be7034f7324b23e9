/*
 * The floor is about the least that a client can do on this machine to read many streams and keep when every chunk came.
 *
 *   floor port=4871 streams=100 warm=2000 window=4000 n=100 ttft=50000 gap=20000 …       (warm and window in ms)
 *
 * It uses epoll and one read buffer. It undoes HTTP's transfer chunks, finds the lines of stream events, searches each for its
 * content and looks at it, and reads the clock once a chunk. It parses no JSON, keeps nothing but the connection's state from read to
 * read, and knows what the server may send. It prints one JSON line in the form of the other clients.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "parameters.h"

#define BUFFER_BYTES 65536
#define TORN_BYTES 1024

typedef enum { HEAD, SIZE, DATA, AFTER_DATA, LAST } Part;

typedef struct {
  int fd;
  Part part;
  size_t left;        /* of the HTTP chunk */
  int blank;          /* bytes of the blank line after the head that were seen */
  i64 sent, got, last_lag, chunks;
  i64 *stamps;        /* of each chunk: what a client is for */
  size_t torn_length;
  char torn[TORN_BYTES];
} Reader;

typedef struct { float *at; size_t length, size; } Values;

static Stream stream;
static Values lags, gap_errors, ttft_errors;
static i64 window_from, window_to, events, requests, wrong;
static char request[512];
static int request_length;

static void add(Values *values, double value) {
  if (values->length == values->size) values->at = realloc(values->at, (values->size = values->size * 2 + 4096) * sizeof(float));
  values->at[values->length++] = value;
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* The percentile of type 7, on sorted values. */
static double percentile(const Values *values, double q) {
  double rank = q * (values->length - 1);
  size_t low = floor(rank), high = ceil(rank);
  return values->at[low] + (rank - low) * (values->at[high] - values->at[low]);
}

static void print_values(const char *name, Values *values) {
  if (!values->length) { printf(",\"%s\":null", name); return; }
  qsort(values->at, values->length, sizeof(float), by_value);
  printf(",\"%s\":{\"p50\":%.4f,\"p99\":%.4f,\"p999\":%.4f,\"max\":%.4f}", name, percentile(values, 0.5), percentile(values, 0.99), percentile(values, 0.999), percentile(values, 1));
}

/* The maximum that getrusage gives begins with the parent's. */
static double largest_rss_mb(void) {
  char line[256];
  double mb = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status)) {
    if (!strncmp(line, "VmHWM:", 6)) mb = atof(line + 6) / 1024;
  }
  return mb;
}

static i64 cpu_us(void) {
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000LL + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

static void ask(Reader *r) {
  r->chunks = 0;
  r->part = HEAD;
  r->blank = 0;
  r->torn_length = 0;
  r->sent = now_ns();
  if (send(r->fd, request, request_length, MSG_NOSIGNAL) != request_length) wrong++;
}

static i64 digits(const char *from) {
  i64 value = 0;
  for (int i = 0; i < DIGITS; i++) value = value * 10 + from[i] - '0';
  return value;
}

static void take_chunk(Reader *r, i64 written) {
  i64 at = now_ns();
  if (r->chunks < stream.n) r->stamps[r->chunks] = at;
  r->chunks++;
  events++;
  if (written < window_from || written >= window_to) { r->last_lag = -1; return; }
  i64 lag = at - written;
  add(&lags, lag / 1e6);
  if (r->chunks == 1) add(&ttft_errors, (lag + r->got - r->sent) / 1e6);
  else if (r->last_lag >= 0) add(&gap_errors, llabs(lag - r->last_lag) / 1e6);
  r->last_lag = lag;
}

/* Takes one line of the body without its line feed. Only the line of a chunk with content counts. */
static void take_line(Reader *r, const char *line, size_t length) {
  static const char CONTENT[] = "\"content\":\"", GOT[] = "\"got\":\"", WRITTEN[] = "\"written\":\"";
  if (length < 6 || memcmp(line, "data: ", 6)) return;
  const char *end = line + length, *from = memmem(line, length, CONTENT, sizeof CONTENT - 1);
  if (!from) return;
  from += sizeof CONTENT - 1;
  if (*from == '"') {
    const char *got = memmem(from, end - from, GOT, sizeof GOT - 1);
    if (got) r->got = digits(got + sizeof GOT - 1);
    return;
  }
  const char *to = from;
  while (to < end && *to != '"') to += *to == '\\' ? 2 : 1;
  const char *field = stream.stamp == IN_FIELD ? memmem(to, end - to, WRITTEN, sizeof WRITTEN - 1) : NULL;
  if (field) take_chunk(r, digits(field + sizeof WRITTEN - 1));
  else take_chunk(r, stream.stamp == IN_CONTENT ? digits(to - DIGITS) : 0);
}

static void take_data(Reader *r, const char *at, const char *end) {
  while (at < end) {
    const char *line_end = memchr(at, '\n', end - at);
    if (line_end && !r->torn_length) {
      take_line(r, at, line_end - at);
      at = line_end + 1;
      continue;
    }
    size_t part = (line_end ? line_end : end) - at;
    if (r->torn_length + part > TORN_BYTES) { wrong++; part = 0; }
    memcpy(r->torn + r->torn_length, at, part);
    r->torn_length += part;
    if (!line_end) return;
    take_line(r, r->torn, r->torn_length);
    r->torn_length = 0;
    at = line_end + 1;
  }
}

static void finish(Reader *r) {
  if (r->chunks != stream.n) wrong++;
  requests++;
  ask(r);
}

static void take(Reader *r, const char *at, const char *end) {
  while (at < end) {
    if (r->part == DATA) {
      size_t part = (size_t)(end - at) < r->left ? (size_t)(end - at) : r->left;
      take_data(r, at, at + part);
      at += part;
      r->left -= part;
      if (!r->left) r->part = AFTER_DATA;
      continue;
    }
    char byte = *at++;
    if (r->part == HEAD) {
      r->blank = byte == (r->blank & 1 ? '\n' : '\r') ? r->blank + 1 : 0;
      if (r->blank == 4) { r->part = SIZE; r->left = 0; }
    } else if (r->part == SIZE) {
      if (byte == '\n') r->part = r->left ? DATA : LAST;
      else if (byte != '\r') r->left = r->left * 16 + (byte <= '9' ? byte - '0' : byte - 'a' + 10);
    } else if (byte == '\n') {
      if (r->part == LAST) { finish(r); return; }
      r->part = SIZE;
      r->left = 0;
    }
  }
}

static void read_some(Reader *r) {
  static char buffer[BUFFER_BYTES];
  ssize_t length = recv(r->fd, buffer, BUFFER_BYTES, 0);
  if (length > 0) { take(r, buffer, buffer + length); return; }
  wrong++;
  close(r->fd);
}

int main(int argc, char **argv) {
  i64 port = 0, count = 10, warm_ms = 1000, window_ms = 2000;
  int one = 1;
  stream = STREAM;
  for (int i = 1; i < argc; i++) {
    if (!strncmp(argv[i], "port=", 5)) port = atoll(argv[i] + 5);
    else if (!strncmp(argv[i], "streams=", 8)) count = atoll(argv[i] + 8);
    else if (!strncmp(argv[i], "warm=", 5)) warm_ms = atoll(argv[i] + 5);
    else if (!strncmp(argv[i], "window=", 7)) window_ms = atoll(argv[i] + 7);
    else if (!set_parameter(&stream, argv[i])) { fprintf(stderr, "unknown: %s\n", argv[i]); return 2; }
  }
  char query[256];
  sprintf(query, "n=%lld&ttft=%lld&gap=%lld&jitter=%lld&sync=%lld&flood=%lld&stamp=%lld", stream.n, stream.ttft, stream.gap, stream.jitter, stream.sync, stream.flood, stream.stamp);
  const char *body = "{\"model\":\"truth\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
  request_length = sprintf(request, "POST /v1/chat/completions?%s HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", query, strlen(body), body);

  Reader *readers = calloc(count, sizeof *readers);
  int epoll_fd = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  for (i64 i = 0; i < count; i++) {
    Reader *r = &readers[i];
    r->fd = socket(AF_INET, SOCK_STREAM, 0);
    r->stamps = malloc(stream.n * sizeof(i64));
    if (connect(r->fd, (void *)&address, sizeof address)) { perror("connect"); return 1; }
    setsockopt(r->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, r->fd, &event);
  }

  /* Streams begin one after another, so that they do not tick together unless the server's grid makes them. */
  i64 began = now_ns(), begun = 0, answer_ns = 1000 * (stream.ttft + stream.n * stream.gap);
  i64 spread = stream.flood ? 0 : answer_ns < warm_ms * 800000 ? answer_ns : warm_ms * 800000;
  i64 events_before = 0, cpu_before = 0;
  int is_measuring = 0;
  window_from = began + warm_ms * 1000000;
  window_to = window_from + window_ms * 1000000;
  for (struct epoll_event got[256];;) {
    i64 at = now_ns();
    if (!is_measuring && at >= window_from) {
      is_measuring = 1;
      window_from = at;
      cpu_before = cpu_us();
      events_before = events;
    }
    if (at >= window_to) break;
    for (; begun < count && at >= began + spread * begun / count; begun++) ask(&readers[begun]);
    i64 next = is_measuring ? window_to : window_from;
    if (begun < count && began + spread * begun / count < next) next = began + spread * begun / count;
    int ready = epoll_wait(epoll_fd, got, 256, next > at ? (next - at) / 1000000 + 1 : 0);
    for (int i = 0; i < ready; i++) read_some(got[i].data.ptr);
  }
  i64 cpu = cpu_us() - cpu_before, wall = now_ns() - window_from, read = events - events_before;
  printf("{\"client\":\"floor\",\"streams\":%lld,\"events\":%lld,\"eventsPerS\":%.0f,\"cpuUsPerEvent\":%.4f,\"rssMb\":%.1f,\"requests\":%lld,\"wrong\":%lld", count, read, read * 1e9 / wall, read ? (double)cpu / read : 0, largest_rss_mb(), requests, wrong);
  print_values("lagMs", &lags);
  print_values("ttftErrorMs", &ttft_errors);
  print_values("gapErrorMs", &gap_errors);
  printf("}\n");
  return 0;
}
