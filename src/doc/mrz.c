#include "doc/mrz.h"

#include <string.h>

#include "doc/mrz_layout.h"
#include "doc/mrz_text.h"

enum { PIECE_MAX = 80 }; /* the longest run that one check digit covers: 71, ID-FRA */

/* A MRZ being read. */
struct reading {
    const struct lw_mrz_lines *text;
    const struct lw_mrz_layout *layout;
    struct lw_mrz *out;
};

static void find(struct reading *r, enum lw_mrz_field field, enum lw_mrz_rule rule, size_t line,
                 size_t column)
{
    if (r->out->n_findings == LW_MRZ_FINDINGS_MAX)
        return;
    struct lw_mrz_finding *f = &r->out->findings[r->out->n_findings++];
    const size_t last = r->text->n < LW_MRZ_LINES ? r->text->n - 1 : LW_MRZ_LINES - 1;
    const struct lw_mrz_line *l = &r->text->v[line < last ? line : last];
    const bool inside = line <= last && column < l->n && column < LW_MRZ_LINE_BYTES;
    *f = (struct lw_mrz_finding){.field = field,
                                 .rule = rule,
                                 .line = (int)line + 1,
                                 .column = (int)column + 1,
                                 .offset = inside ? l->offset[column] : l->end};
}

/* NUL past the end of the line. */
static char char_at(const struct reading *r, size_t line, size_t column)
{
    if (line >= r->text->n || line >= LW_MRZ_LINES)
        return '\0';
    const struct lw_mrz_line *l = &r->text->v[line];
    return column < l->n && column < LW_MRZ_LINE_BYTES ? l->c[column] : '\0';
}

/* Append the characters of a place; false when the line ends before it does. */
static bool gather(const struct reading *r, struct lw_mrz_place at, char *s, size_t *n)
{
    for (size_t i = 0; i < at.n; i++) {
        const char c = char_at(r, at.line, at.column + i);
        if (c == '\0')
            return false;
        s[(*n)++] = c;
    }
    return true;
}

static bool all_fillers(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] != '<')
            return false;
    return true;
}

/* Outer fillers go, inner ones become spaces; where join is set, several become one space. */
static void tidy(char *out, const char *s, size_t n, bool join)
{
    size_t k = 0;
    while (n > 0 && s[n - 1] == '<')
        n--;
    while (n > 0 && s[0] == '<')
        s++, n--;
    for (size_t i = 0; i < n; i++)
        if (s[i] != '<')
            out[k++] = s[i];
        else if (!join || s[i - 1] != '<')
            out[k++] = ' ';
    out[k] = '\0';
}

static bool letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool allowed(enum lw_mrz_alphabet a, size_t i, char c)
{
    switch (a) {
    case LW_MRZ_LETTERS:
        return letter(c) || c == '<';
    case LW_MRZ_DIGITS:
        return digit(c) || c == '<';
    case LW_MRZ_SEXES:
        return c == 'M' || c == 'F' || c == 'X' || c == '<';
    case LW_MRZ_CODE:
        return letter(c) || (i > 0 && (digit(c) || c == '<'));
    case LW_MRZ_ANY:
        break;
    }
    return letter(c) || digit(c) || c == '<';
}

/* Russian internal passports write letters that Latin lacks as digits, against part 3, 4.6. */
static bool digits_in_names(const struct reading *r)
{
    return strcmp(r->out->document_code, "PN") == 0 && strcmp(r->out->issuing_state, "RUS") == 0;
}

static void check_alphabet(struct reading *r, const struct lw_mrz_slot *slot, const char *s,
                           size_t n, size_t surname_n)
{
    const enum lw_mrz_alphabet alphabet =
        slot->field == LW_MRZ_SURNAME && digits_in_names(r) ? LW_MRZ_ANY : slot->alphabet;
    for (size_t i = 0; i < n; i++)
        if (!allowed(alphabet, i, s[i]))
            find(r,
                 slot->field == LW_MRZ_SURNAME && i >= surname_n ? LW_MRZ_GIVEN_NAMES : slot->field,
                 LW_MRZ_ALPHABET, slot->at.line, slot->at.column + i);
}

/* Where the primary identifier ends: at the first two fillers together (part 3, 4.6). */
static size_t primary_length(const char *s, size_t n)
{
    size_t i = 0;
    while (i + 1 < n && !(s[i] == '<' && s[i + 1] == '<'))
        i++;
    return i + 1 < n ? i : n;
}

static void read_names(struct reading *r, const struct lw_mrz_slot *slot)
{
    char s[LW_MRZ_COLUMNS];
    size_t n = 0;
    const bool whole = gather(r, slot->at, s, &n);
    const bool shared = !lw_mrz_slot_of(r->layout, LW_MRZ_GIVEN_NAMES);
    const size_t primary = shared ? primary_length(s, n) : n;
    tidy(r->out->surname, s, primary, true);
    if (shared)
        tidy(r->out->given_names, s + primary, n - primary, true);
    check_alphabet(r, slot, s, n, primary);
    if (n > 0 && all_fillers(s, n))
        find(r, LW_MRZ_SURNAME, LW_MRZ_EMPTY, slot->at.line, slot->at.column);
    r->out->names_truncated |= whole && s[n - 1] != '<';
}

static void read_date(struct reading *r, const struct lw_mrz_slot *slot, char *out)
{
    size_t n = 0;
    if (!gather(r, slot->at, out, &n))
        n = 0;
    out[n] = '\0';
    bool written = n == 6;
    for (size_t i = 0; i < n; i++)
        written &= allowed(LW_MRZ_DIGITS, i, out[i]);
    check_alphabet(r, slot, out, n, n);
    if (written && !lw_mrz_date_possible(out))
        find(r, slot->field, LW_MRZ_DATE, slot->at.line, slot->at.column);
}

/* A code of letters ends at its first filler ("D<<"). */
static void check_code(struct reading *r, const struct lw_mrz_slot *slot, const char *s, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (s[i - 1] == '<' && s[i] != '<')
            find(r, slot->field, LW_MRZ_FILLER, slot->at.line, slot->at.column + i - 1);
}

static char *text_of(struct lw_mrz *m, enum lw_mrz_field field)
{
    switch (field) {
    case LW_MRZ_DOCUMENT_CODE:
        return m->document_code;
    case LW_MRZ_ISSUING_STATE:
        return m->issuing_state;
    case LW_MRZ_NATIONALITY:
        return m->nationality;
    case LW_MRZ_DOCUMENT_NUMBER:
        return m->document_number;
    case LW_MRZ_OPTIONAL_DATA:
        return m->optional_data;
    case LW_MRZ_OPTIONAL_DATA_2:
        return m->optional_data_2;
    case LW_MRZ_GIVEN_NAMES:
        return m->given_names;
    default:
        return NULL;
    }
}

static void read_text(struct reading *r, const struct lw_mrz_slot *slot)
{
    char s[LW_MRZ_COLUMNS];
    size_t n = 0;
    if (!gather(r, slot->at, s, &n))
        return;
    tidy(text_of(r->out, slot->field), s, n, slot->field == LW_MRZ_GIVEN_NAMES);
    check_alphabet(r, slot, s, n, n);
    if (slot->field == LW_MRZ_ISSUING_STATE || slot->field == LW_MRZ_NATIONALITY)
        check_code(r, slot, s, n);
    if (slot->field == LW_MRZ_DOCUMENT_NUMBER && all_fillers(s, n))
        find(r, slot->field, LW_MRZ_EMPTY, slot->at.line, slot->at.column);
}

static void read_slot(struct reading *r, const struct lw_mrz_slot *slot)
{
    switch (slot->field) {
    case LW_MRZ_SURNAME:
        read_names(r, slot);
        break;
    case LW_MRZ_BIRTH_DATE:
        read_date(r, slot, r->out->birth_date);
        break;
    case LW_MRZ_EXPIRY_DATE:
        read_date(r, slot, r->out->expiry_date);
        break;
    case LW_MRZ_SEX: {
        char s = char_at(r, slot->at.line, slot->at.column);
        check_alphabet(r, slot, &s, s != '\0', 1);
        if (s != '\0' && allowed(LW_MRZ_SEXES, 0, s))
            r->out->sex = s == '<' ? 'X' : s;
        break;
    }
    default:
        read_text(r, slot);
    }
}

char lw_mrz_check_digit(const char *s, size_t n)
{
    static const unsigned weights[] = {7, 3, 1};
    unsigned sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned value = 0;
        if (digit(s[i]))
            value = (unsigned)(s[i] - '0');
        else if (letter(s[i]))
            value = (unsigned)(s[i] - 'A') + 10;
        else if (s[i] != '<')
            return '\0';
        sum = (sum + value * weights[i % 3]) % 10;
    }
    return (char)('0' + sum);
}

/* Does digit stand for s? Where nothing is filled in, a filler may stand for 0 (part 4, 4.2.2.2
 * says so for the optional data; issuers do it elsewhere too). */
static bool fits(const char *s, size_t n, char check, char *expected)
{
    *expected = lw_mrz_check_digit(s, n);
    return (*expected != '\0' && check == *expected) || (check == '<' && all_fillers(s, n));
}

static bool check_fits(const struct reading *r, const struct lw_mrz_check *c, char *expected)
{
    char s[PIECE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (!gather(r, c->over[i], s, &n))
            return false;
    return fits(s, n, char_at(r, c->digit.line, c->digit.column), expected);
}

static void find_check(struct reading *r, enum lw_mrz_field field, size_t line, size_t column,
                       char expected)
{
    find(r, field, LW_MRZ_CHECK_DIGIT, line, column);
    if (r->out->n_findings > 0)
        r->out->findings[r->out->n_findings - 1].expected = expected;
}

/* A check can be made when all that it needs is there. */
static bool checkable(const struct reading *r, const struct lw_mrz_check *c)
{
    bool there = char_at(r, c->digit.line, c->digit.column) != '\0';
    for (size_t i = 0; i < c->n; i++)
        there = there && char_at(r, c->over[i].line, c->over[i].column + c->over[i].n - 1u) != '\0';
    return there;
}

/* Part 5, 4.2.2 note j and part 6, 4.2.2 note j: a number of more than nine characters has a filler
 * where its check digit would be, goes on in the optional data, and has the check digit and a
 * filler behind it there. Returns the length of that continuation with its check digit, or 0. */
static size_t continuation(const struct reading *r, const char *number, size_t n,
                           const struct lw_mrz_slot *optional, char *tail)
{
    size_t k = 0, end = 0;
    const struct lw_mrz_check *c = &r->layout->checks[0];
    if ((r->layout->format != LW_MRZ_TD1 && r->layout->format != LW_MRZ_TD2) ||
        char_at(r, c->digit.line, c->digit.column) != '<' || number[n - 1] == '<' ||
        !gather(r, optional->at, tail, &k))
        return 0;
    while (end < k && tail[end] != '<')
        end++;
    return end;
}

/* Some issuers, Belgium until 2020 among them, count the filler between the two parts, which shifts
 * the weights. Of others it is believed only where the composite, which covers the same digit,
 * agrees. */
static bool fits_with_filler(const struct reading *r, const char *s, size_t n, size_t first,
                             char check)
{
    char with[PIECE_MAX], expected;
    const struct lw_mrz_check *composite = &r->layout->checks[r->layout->n_checks - 1];
    memcpy(with, s, first);
    with[first] = '<';
    memcpy(with + first + 1, s + first, n - first);
    if (!fits(with, n + 1, check, &expected))
        return false;
    return strcmp(r->out->issuing_state, "BEL") == 0 ||
           (checkable(r, composite) && check_fits(r, composite, &expected));
}

/* True where the number is a long one, which is then read and checked. */
static bool read_long_number(struct reading *r)
{
    const struct lw_mrz_slot *number = lw_mrz_slot_of(r->layout, LW_MRZ_DOCUMENT_NUMBER);
    const struct lw_mrz_slot *optional = lw_mrz_slot_of(r->layout, LW_MRZ_OPTIONAL_DATA);
    char s[PIECE_MAX], tail[LW_MRZ_COLUMNS], expected;
    size_t n = 0;
    if (!gather(r, number->at, s, &n))
        return false;
    const size_t first = n, more = continuation(r, s, n, optional, tail);
    if (more == 0)
        return false;
    memcpy(s + n, tail, more - 1);
    n += more - 1;
    tidy(r->out->document_number, s, n, false);
    tidy(r->out->optional_data, tail + more, optional->at.n - more, false);
    if (!fits(s, n, tail[more - 1], &expected) && !fits_with_filler(r, s, n, first, tail[more - 1]))
        find_check(r, LW_MRZ_DOCUMENT_NUMBER, optional->at.line, optional->at.column + more - 1,
                   expected);
    return true;
}

static void run_checks(struct reading *r)
{
    const bool long_number = read_long_number(r);
    for (size_t i = 0; i < r->layout->n_checks; i++) {
        const struct lw_mrz_check *c = &r->layout->checks[i];
        char expected = '\0';
        if ((c->field == LW_MRZ_DOCUMENT_NUMBER && long_number) || !checkable(r, c))
            continue;
        if (!check_fits(r, c, &expected))
            find_check(r, c->field, c->digit.line, c->digit.column, expected);
    }
}

static void check_lengths(struct reading *r)
{
    const size_t lines = r->layout->lines, columns = r->layout->columns;
    for (size_t i = 0; i < r->text->n && i < lines; i++)
        if (r->text->v[i].n != columns)
            find(r, LW_MRZ_WHOLE, LW_MRZ_LENGTH, i,
                 r->text->v[i].n < columns ? r->text->v[i].n : columns);
    if (r->text->n != lines)
        find(r, LW_MRZ_WHOLE, LW_MRZ_LINE_COUNT, r->text->n < lines ? r->text->n : lines, 0);
}

static void read_lines(struct lw_mrz *out, struct lw_mrz_lines *t, int64_t today_utc_us)
{
    *out = (struct lw_mrz){.format = lw_mrz_lines_format(t)};
    struct reading r = {.text = t, .layout = lw_mrz_layout_of(out->format), .out = out};
    if (!r.layout) {
        find(&r, LW_MRZ_WHOLE, t->n == 1 ? LW_MRZ_LENGTH : LW_MRZ_LINE_COUNT, 0, 0);
        return;
    }
    check_lengths(&r);
    for (size_t i = 0; i < r.layout->n_slots; i++)
        read_slot(&r, &r.layout->slots[i]);
    run_checks(&r);
    if (out->birth_date[0])
        lw_mrz_birth_iso(out->birth_date_iso, out->birth_date, today_utc_us);
    if (out->expiry_date[0])
        lw_mrz_expiry_iso(out->expiry_date_iso, out->expiry_date, today_utc_us);
}

int lw_mrz_parse(struct lw_mrz *out, struct lw_span text, int64_t today_utc_us, struct lw_why *why)
{
    enum { BYTES_MAX = 4096 }; /* 90 characters, and room for white space between them */
    struct lw_mrz_lines lines;
    size_t pos = 0;
    if (text.n > BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, BYTES_MAX, "a MRZ of %zu bytes, more than %d", text.n,
                          BYTES_MAX);
    int r = lw_mrz_lines_read(&lines, text, &pos, false, why);
    if (r < 0)
        return r;
    if (lines.n == 0)
        return lw_why_set(why, LW_EFORMAT, 0, "no MRZ: the text is empty");
    read_lines(out, &lines, today_utc_us);
    return LW_OK;
}

struct lw_mrz_reader lw_mrz_reader_over(struct lw_span text, int64_t today_utc_us)
{
    return (struct lw_mrz_reader){.text = text, .today_utc_us = today_utc_us};
}

int lw_mrz_next(struct lw_mrz_reader *r, struct lw_mrz *out, struct lw_why *why)
{
    struct lw_mrz_lines lines;
    if (r->text.n > LW_MRZ_TEXT_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, LW_MRZ_TEXT_BYTES_MAX, "%zu bytes of text, more than %d",
                          r->text.n, LW_MRZ_TEXT_BYTES_MAX);
    int err = lw_mrz_lines_read(&lines, r->text, &r->pos, true, why);
    if (err < 0)
        return err;
    if (lines.n == 0)
        return r->n > 0 ? 0 : lw_why_set(why, LW_EFORMAT, 0, "no MRZ: the text is empty");
    if (r->n++ == LW_MRZ_COUNT_MAX)
        return lw_why_set(why, LW_ELIMIT, (int64_t)r->pos, "byte %zu: more than %d MRZs", r->pos,
                          LW_MRZ_COUNT_MAX);
    read_lines(out, &lines, r->today_utc_us);
    return 1;
}
