/* Plain data: what is taken, what is not, and that damage of any kind is walked
 * without a step outside the bytes (which the sanitizers watch). */
#include "serial.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "twin.h"

enum { most = 2000 };

typedef struct {
  size_t n;
  unsigned char bytes[most];
} text;

static void put(text *t, uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    t->bytes[t->n++] = (unsigned char)(word >> shift & 0xFFu);
  }
}

static void put_text(text *t, const char *word) {
  put(t, 0x00040009u);
  put(t, (uint32_t)strlen(word));
  memcpy(t->bytes + t->n, word, strlen(word));
  t->n += strlen(word);
}

static void put_symbol(text *t, const char *name) {
  put(t, 1);
  put_text(t, name);
}

static text begun(void) {
  text t = {2, "X\n"};
  put(&t, 2);
  put(&t, 0x00040202u);
  put(&t, 0x00020300u);
  return t;
}

/* In a block of exactly its size. */
static const char *fault_in(const text *t, size_t n) {
  unsigned char *block = malloc(n + !n);
  memcpy(block, t->bytes, n);
  const char *fault = hm_serial_fault(n, block);
  free(block);
  return fault;
}

static void taken(const text *t, const char *what) {
  CHECK(fault_in(t, t->n) == NULL, what);
}

static void refused(const text *t, const char *fault) {
  const char *found = fault_in(t, t->n);
  CHECK(found && strcmp(found, fault) == 0, fault);
  if (found && strcmp(found, fault) != 0) {
    printf("  but: %s\n", found);
  }
}

/* Integers 1 to n with one attribute to come. */
static void put_ints(text *t, uint32_t flags, uint32_t n) {
  put(t, flags | 13u);
  put(t, n);
  for (uint32_t i = 1; i <= n; i++) {
    put(t, i);
  }
}

#define ATTRIBUTES 0x200u
#define OBJECT 0x100u
#define NODE 0x402u /* of a pairlist, with a tag */
#define END 254u

/* list(W = matrix(1:4, 2, dimnames = list(NULL, c("p", "q"))), f = g(, x = TRUE
 * ), x = NA_character_), with "x" as a symbol that comes again. */
static text sample(void) {
  text t = begun();
  put(&t, ATTRIBUTES | 19u);
  put(&t, 3);
  put_ints(&t, ATTRIBUTES, 4);
  put(&t, NODE);
  put_symbol(&t, "dim");
  put(&t, 13);
  put(&t, 2);
  put(&t, 2);
  put(&t, 2);
  put(&t, NODE);
  put_symbol(&t, "dimnames");
  put(&t, 19);
  put(&t, 2);
  put(&t, END);
  put(&t, 16);
  put(&t, 2);
  put_text(&t, "p");
  put_text(&t, "q");
  put(&t, END);
  put(&t, 6);
  put_symbol(&t, "g");
  put(&t, 2);
  put(&t, 251);
  put(&t, NODE);
  put_symbol(&t, "x");
  put(&t, 10);
  put(&t, 1);
  put(&t, 1);
  put(&t, 2);
  put(&t, 4u << 8 | 255u); /* the fourth symbol, x */
  put(&t, END);
  put(&t, 16);
  put(&t, 1);
  put(&t, 9);
  put(&t, 0xFFFFFFFFu);
  put(&t, NODE);
  put_symbol(&t, "names");
  put(&t, 16);
  put(&t, 3);
  put_text(&t, "W");
  put_text(&t, "f");
  put_text(&t, "x");
  put(&t, END);
  return t;
}

/* Integers 1 to n with an attribute `name`, whose value is to follow. */
static text with_attribute(uint32_t flags, uint32_t n, const char *name) {
  text t = begun();
  put_ints(&t, flags | ATTRIBUTES, n);
  put(&t, NODE);
  put_symbol(&t, name);
  return t;
}

static void check_attributes(void) {
  static const char *misfit = "an attribute does not fit its object";
  text t = with_attribute(0, 2, "names");
  put(&t, 16);
  put(&t, 1);
  put_text(&t, "only");
  put(&t, END);
  refused(&t, misfit);

  t = with_attribute(0, 1, "names");
  put_ints(&t, 0, 1);
  put(&t, END);
  refused(&t, misfit);

  static const uint32_t dims[][3] = {
      {2, 1, 2},           {2, 2, 3}, {2, 0x80000000u, 0},
      {2, 0xFFFFFFFFu, 2}, {0, 0, 0}, {2, 0x7FFFFFFFu, 0x7FFFFFFFu}};
  for (int i = 0; i < 6; i++) {
    t = with_attribute(0, 4, "dim");
    put(&t, 13);
    put(&t, dims[i][0]);
    for (uint32_t k = 1; k <= dims[i][0]; k++) {
      put(&t, dims[i][k]);
    }
    put(&t, END);
    refused(&t, misfit);
  }
  for (uint32_t i = 0; i < 2; i++) { /* nothing is 0 x 3 and 3 x 0 */
    t = with_attribute(0, 0, "dim");
    put(&t, 13);
    put(&t, 2);
    put(&t, i ? 3 : 0);
    put(&t, i ? 0 : 3);
    put(&t, END);
    taken(&t, "a matrix may be empty");
  }

  t = with_attribute(0, 4, "dimnames"); /* without dim */
  put(&t, 19);
  put(&t, 0);
  put(&t, END);
  refused(&t, misfit);

  t = with_attribute(OBJECT, 1, "class");
  put_ints(&t, 0, 1);
  put(&t, END);
  refused(&t, misfit);

  t = with_attribute(0, 1, "class");
  put(&t, 16);
  put(&t, 1);
  put_text(&t, "odd");
  put(&t, END);
  refused(&t, "an object and its class do not go together");

  t = with_attribute(0, 1, "row.names");
  put_ints(&t, 0, 1);
  put(&t, END);
  refused(&t, misfit);

  for (int i = 0; i < 4; i++) { /* of a list: texts and integers, no others */
    static const uint32_t types[] = {16, 13, 14, 24};
    t = begun();
    put(&t, ATTRIBUTES | 19u);
    put(&t, 0);
    put(&t, NODE);
    put_symbol(&t, "row.names");
    put(&t, types[i]);
    put(&t, 0);
    put(&t, END);
    if (i < 2) {
      taken(&t, "rows of a data frame have names or numbers");
    } else {
      refused(&t, misfit);
    }
  }

  t = with_attribute(0, 1, "names");
  put(&t, END);
  put(&t, END);
  refused(&t, "an attribute is NULL");

  /* names and column names that say that they are more than text */
  for (int i = 0; i < 2; i++) {
    t = with_attribute(0, 1, i ? "dim" : "names");
    if (i) {
      put(&t, 13);
      put(&t, 1);
      put(&t, 1);
      put(&t, NODE);
      put_symbol(&t, "dimnames");
      put(&t, 19);
      put(&t, 1);
    }
    put(&t, OBJECT | ATTRIBUTES | 16u);
    put(&t, 1);
    put_text(&t, "a");
    put(&t, NODE);
    put_symbol(&t, "class");
    put(&t, 16);
    put(&t, 1);
    put_text(&t, "odd");
    put(&t, END);
    put(&t, END);
    refused(&t, i ? misfit : "an attribute has a class");
  }

  t = with_attribute(0, 1, "names");
  for (int i = 0; i < 2; i++) {
    put(&t, 16);
    put(&t, 1);
    put_text(&t, "a");
    put(&t, i ? END : NODE);
    if (i == 0) {
      put(&t, 1u << 8 | 255u);
    }
  }
  refused(&t, "an attribute is there twice");

  t = begun();
  put_ints(&t, ATTRIBUTES, 1);
  put_ints(&t, 0, 1);
  refused(&t, "attributes are not a list of named values");
}

/* A 2 x 3 matrix of integers with dimnames of `sets` sets: so many names, or
 * NULL where that is below 0, or as many integers. */
static text with_dimnames(int sets, const int *names, int integers) {
  text t = with_attribute(0, 6, "dim");
  put(&t, 13);
  put(&t, 2);
  put(&t, 2);
  put(&t, 3);
  put(&t, NODE);
  put_symbol(&t, "dimnames");
  put(&t, 19);
  put(&t, (uint32_t)sets);
  for (int i = 0; i < sets; i++) {
    if (names[i] < 0) {
      put(&t, END);
    } else if (integers) {
      put_ints(&t, 0, (uint32_t)names[i]);
    } else {
      put(&t, 16);
      put(&t, (uint32_t)names[i]);
      for (int k = 0; k < names[i]; k++) {
        put_text(&t, "a");
      }
    }
  }
  put(&t, END);
  return t;
}

/* Names of rows are as many as rows, and names of columns as columns. */
static void check_dimnames(void) {
  for (int rows = -1; rows <= 4; rows++) {
    for (int columns = -1; columns <= 4; columns++) {
      const int names[] = {rows, columns, -1};
      const text t = with_dimnames(2, names, 0);
      if ((rows < 0 || rows == 2) && (columns < 0 || columns == 3)) {
        taken(&t, "rows and columns have names");
      } else {
        refused(&t, "an attribute does not fit its object");
      }
    }
  }
  static const int fit[] = {2, 3, -1}, none[] = {-1, -1, -1};
  const text odd[] = {with_dimnames(2, fit, 1), with_dimnames(1, fit, 0),
                      with_dimnames(0, none, 0), with_dimnames(3, fit, 0),
                      with_dimnames(3, none, 0)};
  for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
    refused(&odd[i], "an attribute does not fit its object");
  }

  text t = with_attribute(0, 6, "dim"); /* an array, and names for each side */
  put_ints(&t, 0, 3);
  put(&t, NODE);
  put_symbol(&t, "dimnames");
  put(&t, 19);
  put(&t, 3);
  for (int i = 0; i < 3; i++) {
    put(&t, END);
  }
  put(&t, END);
  refused(&t, "an attribute does not fit its object");
}

/* The whole of `n` words after the header. */
static void refused_words(const char *fault, int n, const uint32_t *word) {
  text t = begun();
  for (int i = 0; i < n; i++) {
    put(&t, word[i]);
  }
  refused(&t, fault);
}

static void check_kinds(void) {
  /* Environments, closures, promises, builtins, expressions, bytecode,
   * pointers, weak references, compact vectors, the workspace, base. */
  static const uint32_t other[] = {3,   4,   5,   7,   8,   15,  20,
                                   21,  22,  23,  238, 239, 240, 241,
                                   242, 247, 248, 249, 250, 252, 253};
  for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
    refused_words("it holds something other than plain data", 3,
                  (const uint32_t[]){other[i], 0, 0});
  }
  refused_words("a reference leads nowhere", 1, (const uint32_t[]){0x1FF});
  refused_words("a reference leads nowhere", 2, (const uint32_t[]){0xFF, 0});
  refused_words("a length is negative", 2, (const uint32_t[]){13, 0xFFFFFFFEu});
  refused_words("a length is negative", 2, (const uint32_t[]){13, 0x80000000u});
  refused_words("a vector is longer than what is there", 2,
                (const uint32_t[]){13, 0x7FFFFFFFu});
  refused_words("a vector is longer than what is there", 5,
                (const uint32_t[]){13, 0xFFFFFFFFu, 1, 1, 7});
  refused_words("a vector is longer than what is there", 3,
                (const uint32_t[]){13, 2, 1});
  refused_words("a vector is longer than what is there", 5,
                (const uint32_t[]){14, 0xFFFFFFFFu, 0x20000000u, 0, 0});
  refused_words("a vector is longer than what is there", 2,
                (const uint32_t[]){19, 1});
  refused_words("it goes on after its end", 2, (const uint32_t[]){END, END});
  refused_words("a symbol has no name", 3, (const uint32_t[]){1, 9, 0});
  refused_words("a text is of another type", 4,
                (const uint32_t[]){16, 1, 13, 0});
  refused_words("a text has a zero byte", 5,
                (const uint32_t[]){16, 1, 9, 4, 0x61006161u});
  refused_words("a call has attributes", 3,
                (const uint32_t[]){ATTRIBUTES | 6u, END, END});
  refused_words("a name is not a symbol", 4,
                (const uint32_t[]){NODE, END, END, END});
  refused_words("a pairlist does not end as one", 4,
                (const uint32_t[]){2, END, 13, 0});
  refused_words("an object and its class do not go together", 1,
                (const uint32_t[]){25});

  /* Vectors of each kind, and how many words they take. */
  static const uint32_t vector[][4] = {
      {10, 1, 1}, {13, 1, 7}, {14, 1, 0x3FF00000u, 0}, {24, 4, 0x01020304u}};
  static const int words[] = {3, 3, 4, 3};
  for (int i = 0; i < 4; i++) {
    text two = begun();
    put(&two, 19);
    put(&two, 2);
    for (int j = 0; j < 2 * words[i]; j++) {
      put(&two, vector[i][j % words[i]]);
    }
    taken(&two, "vectors of every kind are plain");
  }

  text t = begun();
  put(&t, 13);
  put(&t, 0xFFFFFFFFu);
  put(&t, 0);
  put(&t, 1);
  put(&t, 7);
  taken(&t, "a length may come in two words");

  t = begun();
  put(&t, 19);
  put(&t, 2);
  put_symbol(&t, "dim");
  put_symbol(&t, "dim");
  refused(&t, "a symbol is written twice");
}

static void check_header(void) {
  text t = begun();
  put(&t, END);
  taken(&t, "NULL is plain");
  static const size_t place[] = {0, 5, 11};
  static const char *fault[] = {"it does not begin as a serialization",
                                "it is not a serialization of version 2",
                                "it asks for another version of R"};
  for (int i = 0; i < 3; i++) {
    text other = t;
    other.bytes[place[i]]++;
    refused(&other, fault[i]);
  }
}

/* A NULL in so many things of a kind, one in the other: in lists, in calls, or
 * in attributes of integers. */
static const char *fault_of_nested(int kind, int deep) {
  static const struct {
    const char *before, *after;
    size_t n_before, n_after;
  } around[] = {
      {"\0\0\0\023\0\0\0\001", "", 8, 0},
      {"\0\0\0\006", "\0\0\0\376", 4, 4},
      {"\0\0\002\015\0\0\0\001\0\0\0\005\0\0\004\002"
       "\0\0\0\001\0\004\0\011\0\0\0\001x",
       "\0\0\0\376", 29, 4},
  };
  const text head = begun();
  const size_t before = around[kind].n_before, after = around[kind].n_after;
  const size_t n = head.n + (size_t)deep * (before + after) + 4;
  unsigned char *block = malloc(n), *at = block + head.n;
  memcpy(block, head.bytes, head.n);
  for (int i = 0; i < deep; i++, at += before) {
    memcpy(at, around[kind].before, before);
  }
  memcpy(at, "\0\0\0\376", 4);
  at += 4;
  for (int i = 0; i < deep; i++, at += after) {
    memcpy(at, around[kind].after, after);
  }
  const char *fault = hm_serial_fault(n, block);
  free(block);
  return fault;
}

static void check_depth(void) {
  static const int few[] = {150, 300, 150}, many[] = {250, 500, 250};
  for (int kind = 0; kind < 3; kind++) {
    CHECK(!fault_of_nested(kind, few[kind]), "things stand in each other");
    const char *fault = fault_of_nested(kind, many[kind]);
    CHECK(fault && strcmp(fault, "it is nested too deeply") == 0,
          "but not too deep");
  }
}

/* `before`, `node` so many times, and an end. */
static const char *fault_in_nodes(const text *before, const text *node,
                                  size_t times) {
  const size_t n = before->n + node->n * times + 4;
  unsigned char *block = malloc(n);
  memcpy(block, before->bytes, before->n);
  for (size_t i = 0; i < times; i++) {
    memcpy(block + before->n + node->n * i, node->bytes, node->n);
  }
  memcpy(block + n - 4, "\0\0\0\376", 4);
  const char *fault = hm_serial_fault(n, block);
  free(block);
  return fault;
}

/* R's reader enters one node in the other. */
static void check_long(void) {
  text call = begun(), list = begun(), part = {0, ""}, attribute = {0, ""};
  put(&call, 6);
  put_symbol(&call, "f");
  put(&part, 2);
  put(&part, END);
  put(&list, ATTRIBUTES | 19u);
  put(&list, 0);
  put(&list, NODE);
  put_symbol(&list, "a");
  put(&list, END);
  put(&attribute, NODE);
  put(&attribute, 1u << 8 | 255u);
  put(&attribute, END);
  CHECK(!fault_in_nodes(&call, &part, 3000), "a call may have many parts");
  CHECK(!fault_in_nodes(&list, &attribute, 3000),
        "an object may have many attributes");
  for (int i = 0; i < 2; i++) {
    const char *fault = i ? fault_in_nodes(&list, &attribute, 30000)
                          : fault_in_nodes(&call, &part, 30000);
    CHECK(fault && strcmp(fault, "it is nested too deeply") == 0,
          "but not as many as fill R's stack");
  }
}

static void check_damage(void) {
  const text t = sample();
  taken(&t, "a list of a matrix, a call and a text is plain");
  for (size_t n = 0; n < t.n; n++) {
    CHECK(fault_in(&t, n) != NULL, "what ends too early is not taken");
  }
  uint64_t chance = 11;
  int found = 0;
  for (int run = 0; run < 200000; run++) {
    text other = t;
    const int times = 1 + (int)(3.0 * twin_uniform(&chance));
    for (int i = 0; i < times; i++) {
      const size_t at = (size_t)((double)t.n * twin_uniform(&chance));
      other.bytes[at] = (unsigned char)(256.0 * twin_uniform(&chance));
    }
    found += fault_in(&other, other.n) != NULL;
  }
  CHECK(found > 0, "damage is found, where it changes what is plain");
}

static void checks(void) {
  check_header();
  check_kinds();
  check_attributes();
  check_dimnames();
  check_depth();
  check_long();
  check_damage();
}
