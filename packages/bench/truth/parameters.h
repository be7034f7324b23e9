/* What a stream is like, for the server and for the floor: `name=value` on a command line or in a URL's query. Times are in µs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef long long i64;

typedef struct {
  i64 id;     /* names the stream in the server's log */
  i64 n;      /* chunks with content */
  i64 ttft;   /* from the request to the first of them */
  i64 gap;    /* from one to the next */
  i64 jitter; /* each is moved by up to so much, earlier or later */
  i64 sync;   /* 1: all streams tick on one grid of `gap`, as a batching engine does */
  i64 flood;  /* 1: as fast as the socket takes them, without times */
  i64 stamp;  /* where the time stands: 0 in the content, so that all else is equal from chunk to chunk; 1 in a field of its own; 2 nowhere */
} Stream;

static const Stream STREAM = {.id = -1, .n = 100, .ttft = 50000, .gap = 20000};

enum { IN_CONTENT, IN_FIELD, NOWHERE };

/* The digits of a time within a chunk. They are as many as a 64-bit number can have, so that chunks keep their length. */
#define DIGITS 20

static i64 now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Reads one `name=value` into the stream. It returns 0 where the name is not one of its own. */
static int set_parameter(Stream *s, const char *text) {
  struct { const char *name; i64 *at; } names[] = {
    {"id=", &s->id}, {"n=", &s->n}, {"ttft=", &s->ttft}, {"gap=", &s->gap},
    {"jitter=", &s->jitter}, {"sync=", &s->sync}, {"flood=", &s->flood}, {"stamp=", &s->stamp},
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t length = strlen(names[i].name);
    if (strncmp(text, names[i].name, length)) continue;
    *names[i].at = atoll(text + length);
    return 1;
  }
  return 0;
}
