#include "eval/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

enum { FIELDS = 3 };

/* One line, its fields unquoted one after the other in text. */
struct line {
    uint32_t number;
    size_t n;
    char *field[FIELDS];
    char text[FIELDS * LW_PAIRS_PATH_MAX + 64];
    size_t used;
};

struct parser {
    struct lw_cursor in;
    struct lw_why *why;
    struct line line;
    struct lw_pairs *pairs;
    size_t pairs_cap, files_cap;
    uint32_t *slots; /* hash table of file indices + 1, open addressing; a power of two of them */
    size_t n_slots;
};

static int refuse(struct parser *p, int code, const char *rule)
{
    return lw_why_set(p->why, code, (int64_t)p->in.pos, "line %u: %s", p->line.number, rule);
}

static int peek_byte(struct lw_cursor c)
{
    uint8_t byte;
    return lw_cursor_u8(&c, &byte) < 0 ? -1 : byte;
}

/* The bytes of the line end that comes next, LF or CR LF; 0 if something else does. */
static size_t line_end(struct lw_cursor c)
{
    int first = peek_byte(c);
    if (first != '\r')
        return first == '\n';
    lw_cursor_skip(&c, 1);
    return peek_byte(c) == '\n' ? 2 : 0;
}

static bool ends_line(struct lw_cursor c)
{
    return lw_cursor_left(&c) == 0 || line_end(c) > 0;
}

static bool ends_field(struct lw_cursor c)
{
    return peek_byte(c) == ',' || ends_line(c);
}

static int put_byte(struct parser *p, uint8_t byte)
{
    struct line *l = &p->line;
    if (byte < 0x20 || byte == 0x7f)
        return refuse(p, LW_EFORMAT, "a control character");
    if (l->used + 1 >= sizeof(l->text))
        return refuse(p, LW_ELIMIT, "too long");
    l->text[l->used++] = (char)byte;
    return LW_OK;
}

static int read_quoted(struct parser *p)
{
    uint8_t byte;
    lw_cursor_skip(&p->in, 1);
    for (;;) {
        if (lw_cursor_u8(&p->in, &byte) < 0)
            return refuse(p, LW_EFORMAT, "a quote is not closed");
        if (byte == '"' && peek_byte(p->in) != '"')
            return LW_OK;
        if (byte == '"')
            lw_cursor_skip(&p->in, 1);
        int r = put_byte(p, byte);
        if (r < 0)
            return r;
    }
}

static int read_plain(struct parser *p)
{
    while (!ends_field(p->in)) {
        uint8_t byte = 0;
        lw_cursor_u8(&p->in, &byte);
        if (byte == '"')
            return refuse(p, LW_EFORMAT, "a quote inside a field that does not begin with one");
        int r = put_byte(p, byte);
        if (r < 0)
            return r;
    }
    return LW_OK;
}

static int read_line(struct parser *p)
{
    struct line *l = &p->line;
    l->number++;
    l->n = 0;
    l->used = 0;
    for (;;) {
        if (l->n == FIELDS)
            return refuse(p, LW_EFORMAT, "more than 3 fields");
        l->field[l->n++] = l->text + l->used;
        int r = peek_byte(p->in) == '"' ? read_quoted(p) : read_plain(p);
        if (r < 0)
            return r;
        l->text[l->used++] = '\0';
        if (!ends_field(p->in))
            return refuse(p, LW_EFORMAT, "text after a closing quote");
        if (ends_line(p->in))
            break;
        lw_cursor_skip(&p->in, 1);
    }
    lw_cursor_skip(&p->in, line_end(p->in));
    return l->n == FIELDS ? LW_OK : refuse(p, LW_EFORMAT, "fewer than 3 fields");
}

static int read_header(struct parser *p)
{
    static const char *const names[FIELDS] = {"file_x", "file_y", "same"};
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* UTF-8 byte order mark */
    if (lw_cursor_left(&p->in) >= sizeof(mark) && memcmp(p->in.data, mark, sizeof(mark)) == 0)
        lw_cursor_skip(&p->in, sizeof(mark));
    int r = read_line(p);
    if (r < 0)
        return r;
    for (size_t i = 0; i < FIELDS; i++)
        if (strcmp(p->line.field[i], names[i]) != 0)
            return refuse(p, LW_EFORMAT, "the header is not file_x,file_y,same");
    return LW_OK;
}

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *s)
{
    uint64_t h = 14695981039346656037u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h ^ h >> 32;
}

/* The slot of this name, or the free one where it belongs. */
static uint32_t *find_slot(const struct parser *p, const char *name)
{
    size_t i = hash(name) & (p->n_slots - 1);
    while (p->slots[i] && strcmp(p->pairs->files[p->slots[i] - 1], name) != 0)
        i = (i + 1) & (p->n_slots - 1);
    return &p->slots[i];
}

static int grow_slots(struct parser *p)
{
    size_t n = p->n_slots ? 2 * p->n_slots : 1024;
    uint32_t *slots = calloc(n, sizeof(*slots));
    if (!slots)
        return LW_ENOMEM;
    free(p->slots);
    p->slots = slots;
    p->n_slots = n;
    for (size_t i = 0; i < p->pairs->n_files; i++)
        *find_slot(p, p->pairs->files[i]) = (uint32_t)i + 1;
    return LW_OK;
}

static int grow_files(struct parser *p)
{
    size_t cap = p->files_cap ? 2 * p->files_cap : 512;
    char **files = realloc(p->pairs->files, cap * sizeof(*files));
    if (!files)
        return LW_ENOMEM;
    p->pairs->files = files;
    uint32_t *lines = realloc(p->pairs->first_line, cap * sizeof(*lines));
    if (!lines)
        return LW_ENOMEM;
    p->pairs->first_line = lines;
    p->files_cap = cap;
    return LW_OK;
}

static int find_or_add_file(struct parser *p, const char *name, uint32_t *index)
{
    struct lw_pairs *out = p->pairs;
    if (2 * out->n_files >= p->n_slots && grow_slots(p) < 0)
        return refuse(p, LW_ENOMEM, "no memory");
    uint32_t *slot = find_slot(p, name);
    if (!*slot) {
        if (out->n_files == p->files_cap && grow_files(p) < 0)
            return refuse(p, LW_ENOMEM, "no memory");
        out->files[out->n_files] = strdup(name);
        if (!out->files[out->n_files])
            return refuse(p, LW_ENOMEM, "no memory");
        out->first_line[out->n_files] = p->line.number;
        *slot = (uint32_t)++out->n_files;
    }
    *index = *slot - 1;
    return LW_OK;
}

static int add_pair(struct parser *p)
{
    struct lw_pairs *out = p->pairs;
    const char *same = p->line.field[2];
    struct lw_pair pair = {0};
    if (strcmp(same, "0") != 0 && strcmp(same, "1") != 0)
        return refuse(p, LW_EFORMAT, "\"same\" is neither 0 nor 1");
    pair.same = *same == '1';
    for (size_t i = 0; i < 2; i++) {
        const char *name = p->line.field[i];
        if (!*name)
            return refuse(p, LW_EFORMAT, "an empty file name");
        if (strlen(name) >= LW_PAIRS_PATH_MAX)
            return refuse(p, LW_ELIMIT, "a file name of more than 4095 bytes");
        int r = find_or_add_file(p, name, i == 0 ? &pair.x : &pair.y);
        if (r < 0)
            return r;
    }
    if (out->n == LW_PAIRS_MAX)
        return refuse(p, LW_ELIMIT, "more than 10,000,000 pairs");
    if (out->n == p->pairs_cap) {
        size_t cap = p->pairs_cap ? 2 * p->pairs_cap : 1024;
        struct lw_pair *v = realloc(out->v, cap * sizeof(*v));
        if (!v)
            return refuse(p, LW_ENOMEM, "no memory");
        out->v = v;
        p->pairs_cap = cap;
    }
    out->v[out->n++] = pair;
    return LW_OK;
}

/* Empty lines are allowed at the end of the file only. */
static bool only_line_ends_left(struct lw_cursor c)
{
    while (line_end(c) > 0)
        lw_cursor_skip(&c, line_end(c));
    return lw_cursor_left(&c) == 0;
}

static int parse(struct parser *p)
{
    int r = read_header(p);
    while (r == LW_OK && !only_line_ends_left(p->in)) {
        r = read_line(p);
        if (r == LW_OK)
            r = add_pair(p);
    }
    if (r == LW_OK && p->pairs->n == 0)
        r = lw_why_set(p->why, LW_EFORMAT, -1, "has no pairs");
    return r;
}

int lw_pairs_parse(struct lw_pairs **out, struct lw_span text, struct lw_why *why)
{
    if (text.n > LW_PAIRS_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "has more than 1 GiB");
    LW_AUTO(lw_pairs) pairs = calloc(1, sizeof(*pairs));
    LW_AUTO_MEM(struct parser) p = calloc(1, sizeof(*p));
    if (!pairs || !p)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    p->in = lw_cursor_over(text);
    p->why = why;
    p->pairs = pairs;
    int r = parse(p);
    free(p->slots);
    if (r < 0)
        return r;
    *out = pairs;
    pairs = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_pairs_free(struct lw_pairs **p)
{
    if (!*p)
        return;
    for (size_t i = 0; i < (*p)->n_files; i++)
        free((*p)->files[i]);
    free((*p)->files);
    free((*p)->first_line);
    free((*p)->v);
    free(*p);
    *p = NULL;
}

void lw_csv_put(struct lw_strbuf *b, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        lw_strbuf_puts(b, field);
        return;
    }
    lw_strbuf_putc(b, '"');
    for (; *field; field++) {
        if (*field == '"')
            lw_strbuf_putc(b, '"');
        lw_strbuf_putc(b, *field);
    }
    lw_strbuf_putc(b, '"');
}
