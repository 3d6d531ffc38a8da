#include "serial.h"

#include <string.h>

/* R's own reader calls itself for each object in another, and for each node of
 * a pairlist or call: without a limit, a file could make it leave its stack.
 * Lists are walked again by functions in R, which take much more of it. */
enum { MOST_DEPTH = 4000, IN_NODE = 1, IN_CALL = 10, IN_LIST = 20 };

enum {
  SYMBOL = 1,
  PAIRLIST = 2,
  CALL = 6,
  TEXT = 9,
  LOGICAL = 10,
  INTEGER = 13,
  REAL = 14,
  TEXTS = 16,
  LIST = 19,
  RAW = 24,
  S4 = 25,
  MISSING = 251,
  EMPTY = 254,
  REFERENCE = 255
};

#define IS_OBJECT (1u << 8)
#define HAS_ATTRIBUTES (1u << 9)
#define HAS_TAG (1u << 10)
#define IS_S4 (1u << 16)

/* Attributes that are looked at. */
enum { NAMES, DIM, DIMNAMES, CLASS, ROW_NAMES, KINDS, OTHER = KINDS };

static const char *const kind_names[KINDS] = {"names", "dim", "dimnames",
                                              "class", "row.names"};

/* A symbol is written once, and later referred to by its place among symbols.
 * So the places of the few that matter are all there is to remember. */
typedef struct {
  const unsigned char *bytes;
  size_t left;
  const char *fault; /* the first one; from there on nothing is read */
  uint32_t symbols;
  uint32_t place[KINDS]; /* 0 where not met yet */
} reader;

/* What has been read: `flags` say whether it has a class, `data` are a vector's
 * elements, where these are numbers, and `child` the first two, where they are
 * objects. */
typedef struct {
  int type;
  uint32_t flags;
  size_t length;
  const unsigned char *data;
  struct {
    int type;
    uint32_t flags;
    size_t length;
  } child[2];
} item;

static void fail(reader *r, const char *fault) {
  if (!r->fault) {
    r->fault = fault;
  }
}

/* The next n bytes, or NULL. */
static const unsigned char *take(reader *r, size_t n) {
  if (r->fault || n > r->left) {
    fail(r, "it ends too early");
    return NULL;
  }
  const unsigned char *here = r->bytes;
  r->bytes += n;
  r->left -= n;
  return here;
}

static uint32_t word_at(const unsigned char *x) {
  return (uint32_t)x[0] << 24 | (uint32_t)x[1] << 16 | (uint32_t)x[2] << 8 |
         x[3];
}

static uint32_t take_word(reader *r) {
  const unsigned char *here = take(r, 4);
  return here ? word_at(here) : 0;
}

/* The length of a vector whose elements take at least `size` bytes. */
static size_t take_length(reader *r, size_t size) {
  uint64_t length = take_word(r);
  if (length == 0xFFFFFFFFu) {
    length = (uint64_t)take_word(r) << 32;
    length |= take_word(r);
  } else if (length > 0x7FFFFFFFu) {
    fail(r, "a length is negative");
  }
  if (r->fault || length > r->left / size) {
    fail(r, "a vector is longer than what is there");
    return 0;
  }
  return (size_t)length;
}

/* A text; NA is marked by the length -1. */
static void take_text(reader *r, const unsigned char **text, size_t *length) {
  const uint32_t flags = take_word(r), count = take_word(r);
  *length = count == 0xFFFFFFFFu ? 0 : count;
  if (!r->fault && ((flags & 0xFFu) != TEXT || (flags & HAS_ATTRIBUTES))) {
    fail(r, "a text is of another type");
  }
  *text = take(r, *length);
  if (!r->fault && *length > 0 && memchr(*text, 0, *length)) {
    fail(r, "a text has a zero byte");
  }
}

/* Which of the known names a symbol is. */
static int take_symbol(reader *r, uint32_t flags) {
  if ((flags & 0xFFu) == REFERENCE) {
    const uint32_t place = flags >> 8 ? flags >> 8 : take_word(r);
    if (place < 1 || place > r->symbols) {
      fail(r, "a reference leads nowhere");
    }
    for (int kind = 0; kind < KINDS; kind++) {
      if (r->place[kind] == place) {
        return kind;
      }
    }
    return OTHER;
  }
  const unsigned char *text;
  size_t length;
  take_text(r, &text, &length);
  if (!r->fault && length == 0) {
    fail(r, "a symbol has no name");
  }
  if (r->fault) {
    return OTHER;
  }
  r->symbols++;
  for (int kind = 0; kind < KINDS; kind++) {
    if (strlen(kind_names[kind]) == length &&
        memcmp(kind_names[kind], text, length) == 0) {
      if (r->place[kind]) {
        fail(r, "a symbol is written twice");
      }
      r->place[kind] = r->symbols;
      return kind;
    }
  }
  return OTHER;
}

static item take_item(reader *r, int depth);

/* The nodes of a pairlist or call after the flags of the first. */
static void take_nodes(reader *r, uint32_t flags, int depth) {
  for (;;) {
    if (flags & (HAS_ATTRIBUTES | IS_OBJECT | IS_S4)) {
      fail(r, "a call has attributes");
    }
    if (flags & HAS_TAG) {
      const uint32_t tag = take_word(r);
      if (!r->fault && (tag & 0xFFu) != SYMBOL && (tag & 0xFFu) != REFERENCE) {
        fail(r, "a name is not a symbol");
      }
      take_symbol(r, tag);
    }
    take_item(r, depth);
    depth += IN_NODE;
    flags = take_word(r);
    if (r->fault || (flags & 0xFFu) == EMPTY) {
      return;
    }
    if ((flags & 0xFFu) != PAIRLIST) {
      fail(r, "a pairlist does not end as one");
    }
  }
}

/* The product of a dim, or more than any length where it is none or too large.
 */
static uint64_t cells_of(const item *dim) {
  uint64_t cells = 1;
  int zero = 0;
  if (dim->type != INTEGER || dim->length == 0) {
    return UINT64_MAX;
  }
  for (size_t i = 0; i < dim->length; i++) {
    const uint32_t extent = word_at(dim->data + 4 * i);
    if (extent > 0x7FFFFFFFu) {
      return UINT64_MAX;
    }
    zero = zero || extent == 0;
    cells = cells > UINT64_MAX >> 31 ? UINT64_MAX : cells * extent;
  }
  return zero ? 0 : cells;
}

/* Whether `value` may be this attribute of `owner`; `dim` is its dim. */
static int fits(int kind, const item *value, const item *owner,
                const item *dim) {
  const int is_vector = owner->type != S4;
  switch (kind) {
    case NAMES:
      return is_vector && value->type == TEXTS &&
             value->length == owner->length;
    case DIM:
      return is_vector && cells_of(value) == owner->length;
    case DIMNAMES:
      if (value->type != LIST || dim->type != INTEGER || dim->length > 2 ||
          value->length != dim->length) {
        return 0;
      }
      for (size_t i = 0; i < value->length; i++) {
        if (value->child[i].type != EMPTY &&
            (value->child[i].type != TEXTS ||
             (value->child[i].flags & IS_OBJECT) ||
             value->child[i].length != word_at(dim->data + 4 * i))) {
          return 0;
        }
      }
      return 1;
    case CLASS:
      return value->type == TEXTS && value->length > 0;
    case ROW_NAMES:
      return owner->type == LIST &&
             (value->type == TEXTS || value->type == INTEGER);
    default:
      return 1;
  }
}

static void take_attributes(reader *r, uint32_t owner_flags, const item *owner,
                            int depth) {
  static const item nothing = {EMPTY, 0, 0, NULL, {{0, 0, 0}, {0, 0, 0}}};
  item value[KINDS] = {nothing, nothing, nothing, nothing, nothing};
  uint32_t flags = owner_flags & HAS_ATTRIBUTES ? take_word(r) : EMPTY;
  while (!r->fault && (flags & 0xFFu) != EMPTY) {
    if ((flags & 0xFFu) != PAIRLIST || !(flags & HAS_TAG) ||
        (flags & HAS_ATTRIBUTES)) {
      fail(r, "attributes are not a list of named values");
      return;
    }
    const uint32_t tag = take_word(r);
    if ((tag & 0xFFu) != SYMBOL && (tag & 0xFFu) != REFERENCE) {
      fail(r, "the name of an attribute is not a symbol");
    }
    const int kind = take_symbol(r, tag);
    const item one = take_item(r, depth);
    if (kind != OTHER) {
      if (value[kind].type != EMPTY) {
        fail(r, "an attribute is there twice");
      }
      value[kind] = one;
      if (one.type == EMPTY) {
        fail(r, "an attribute is NULL");
      }
      if (one.flags & IS_OBJECT) {
        fail(r, "an attribute has a class");
      }
    }
    depth += IN_NODE;
    flags = take_word(r);
  }
  for (int kind = 0; kind < KINDS && !r->fault; kind++) {
    if (value[kind].type != EMPTY &&
        !fits(kind, value + kind, owner, value + DIM)) {
      fail(r, "an attribute does not fit its object");
    }
  }
  if (!r->fault &&
      (!(owner_flags & IS_OBJECT) != (value[CLASS].type == EMPTY) ||
       !(owner_flags & IS_S4) != (owner->type != S4))) {
    fail(r, "an object and its class do not go together");
  }
}

static void take_elements(reader *r, item *vector, int depth) {
  for (size_t i = 0; i < vector->length && !r->fault; i++) {
    if (vector->type == TEXTS) {
      const unsigned char *text;
      size_t length;
      take_text(r, &text, &length);
      continue;
    }
    const item child = take_item(r, depth);
    if (i < 2) {
      vector->child[i].type = child.type;
      vector->child[i].flags = child.flags;
      vector->child[i].length = child.length;
    }
  }
}

static item take_item(reader *r, int depth) {
  const uint32_t flags = take_word(r);
  item it = {
      (int)(flags & 0xFFu), flags, 0, NULL, {{EMPTY, 0, 0}, {EMPTY, 0, 0}}};
  if (depth >= MOST_DEPTH) {
    fail(r, "it is nested too deeply");
  }
  if (r->fault) {
    return it;
  }
  size_t size = 0;
  switch (it.type) {
    case EMPTY:
    case MISSING:
      return it;
    case SYMBOL:
    case REFERENCE:
      take_symbol(r, flags);
      it.type = SYMBOL;
      return it;
    case PAIRLIST:
    case CALL:
      take_nodes(r, flags, depth + IN_CALL);
      return it;
    case LOGICAL:
    case INTEGER:
      size = 4;
      break;
    case REAL:
      size = 8;
      break;
    case RAW:
      size = 1;
      break;
    case TEXTS:
    case LIST:
      it.length = take_length(r, 4);
      take_elements(r, &it, depth + IN_LIST);
      break;
    case S4:
      break;
    default:
      fail(r, "it holds something other than plain data");
      return it;
  }
  if (size > 0) {
    it.length = take_length(r, size);
    it.data = take(r, it.length * size);
  }
  take_attributes(r, flags, &it, depth + IN_LIST);
  return it;
}

const char *hm_serial_fault(size_t n, const unsigned char *bytes) {
  reader r = {bytes, n, NULL, 0, {0, 0, 0, 0, 0}};
  const unsigned char *start = take(&r, 2);
  if (start && memcmp(start, "X\n", 2) != 0) {
    fail(&r, "it does not begin as a serialization");
  }
  if (take_word(&r) != 2) {
    fail(&r, "it is not a serialization of version 2");
  }
  take_word(&r); /* the R that wrote it */
  if (take_word(&r) != 0x00020300u) {
    fail(&r, "it asks for another version of R");
  }
  take_item(&r, 0);
  if (!r.fault && r.left > 0) {
    fail(&r, "it goes on after its end");
  }
  return r.fault;
}
