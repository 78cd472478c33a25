#include "doc/mrz.h"

#include <string.h>

#include "doc/mrz_layout.h"

typedef char lw_mrz_grid[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

static int refuse(struct lw_why *why, enum lw_mrz_field field, const char *rule)
{
    return lw_why_set(why, LW_EINVAL, -1, "%s: %s", lw_mrz_field_name(field), rule);
}

/* Into a field: spaces become fillers. */
static int put(char *to, size_t n, enum lw_mrz_field field, const char *s, struct lw_why *why)
{
    if (strlen(s) > n)
        return refuse(why, field, "too long for this format");
    for (size_t i = 0; s[i]; i++) {
        const char c = s[i] == ' ' ? '<' : s[i];
        if (lw_mrz_check_digit(&c, 1) == '\0')
            return refuse(why, field, "a character other than A-Z, 0-9 and space");
        to[i] = c;
    }
    return LW_OK;
}

/* Part 3, 4.6, of one identifier: returns what was written of at most n. */
static int put_name(char *to, size_t n, const char *s, size_t *written)
{
    size_t k = 0;
    for (; *s; s++) {
        const char c = *s == ' ' || *s == '-' ? '<' : *s;
        if (c == '\'')
            continue;
        if (c != '<' && (c < 'A' || c > 'Z'))
            return LW_EINVAL;
        if (k < n)
            to[k++] = c;
    }
    *written = k;
    return LW_OK;
}

static int put_names(char *to, size_t n, const struct lw_mrz_holder *h, struct lw_why *why)
{
    size_t primary = 0, secondary = 0;
    if (put_name(to, n, or_empty(h->surname), &primary) < 0)
        return refuse(why, LW_MRZ_SURNAME, "a character other than A-Z, space, - and '");
    const size_t start = primary + 2 < n ? primary + 2 : n;
    if (put_name(to + start, n - start, or_empty(h->given_names), &secondary) < 0)
        return refuse(why, LW_MRZ_GIVEN_NAMES, "a character other than A-Z, space, - and '");
    return LW_OK;
}

/* The number, its overlong rest in the optional data (where the format has that), or a refusal. */
static int put_number(lw_mrz_grid lines, const struct lw_mrz_layout *l,
                      const struct lw_mrz_holder *h, struct lw_why *why)
{
    const struct lw_mrz_slot *number = lw_mrz_slot_of(l, LW_MRZ_DOCUMENT_NUMBER);
    const struct lw_mrz_slot *optional = lw_mrz_slot_of(l, LW_MRZ_OPTIONAL_DATA);
    const char *s = or_empty(h->document_number), *rest = or_empty(h->optional_data);
    char *field = lines[number->at.line] + number->at.column;
    char *more = lines[optional->at.line] + optional->at.column;
    char joined[LW_MRZ_COLUMNS + 1];
    const size_t n = strlen(s), over = n > number->at.n ? n - number->at.n : 0;
    if (over == 0 || (l->format != LW_MRZ_TD1 && l->format != LW_MRZ_TD2)) {
        int r = put(field, number->at.n, LW_MRZ_DOCUMENT_NUMBER, s, why);
        return r < 0 ? r : put(more, optional->at.n, LW_MRZ_OPTIONAL_DATA, rest, why);
    }
    if (over + 2 + strlen(rest) > optional->at.n)
        return refuse(why, LW_MRZ_DOCUMENT_NUMBER, "too long for this format");
    memcpy(joined, s, number->at.n);
    joined[number->at.n] = '\0';
    int r = put(field, number->at.n, LW_MRZ_DOCUMENT_NUMBER, joined, why);
    if (r == LW_OK)
        r = put(more, optional->at.n, LW_MRZ_DOCUMENT_NUMBER, s + number->at.n, why);
    if (r == LW_OK)
        r = put(more + over + 2, optional->at.n - over - 2, LW_MRZ_OPTIONAL_DATA, rest, why);
    memcpy(joined, field, number->at.n);
    memcpy(joined + number->at.n, more, over);
    more[over] = lw_mrz_check_digit(joined, n);
    return r;
}

static int put_rest(lw_mrz_grid lines, const struct lw_mrz_layout *l, const struct lw_mrz_holder *h,
                    struct lw_why *why)
{
    const char sex[] = {h->sex == 'M' || h->sex == 'F' ? h->sex : '<', '\0'};
    const struct {
        enum lw_mrz_field field;
        const char *text;
    } all[] = {
        {LW_MRZ_DOCUMENT_CODE, h->document_code},    {LW_MRZ_ISSUING_STATE, h->issuing_state},
        {LW_MRZ_NATIONALITY, h->nationality},        {LW_MRZ_BIRTH_DATE, h->birth_date},
        {LW_MRZ_EXPIRY_DATE, h->expiry_date},        {LW_MRZ_SEX, sex},
        {LW_MRZ_OPTIONAL_DATA_2, h->optional_data_2}};
    for (size_t i = 0; i < LW_COUNT(all); i++) {
        const struct lw_mrz_slot *slot = lw_mrz_slot_of(l, all[i].field);
        const char *text = or_empty(all[i].text);
        if (!slot && !text[0])
            continue;
        if (!slot)
            return refuse(why, all[i].field, "this format has no such field");
        int r = put(lines[slot->at.line] + slot->at.column, slot->at.n, all[i].field, text, why);
        if (r < 0)
            return r;
    }
    return LW_OK;
}

/* In the order of the table, so that the composite comes when the others stand. */
static void put_check_digits(lw_mrz_grid lines, const struct lw_mrz_layout *l, bool long_number)
{
    for (size_t i = 0; i < l->n_checks; i++) {
        const struct lw_mrz_check *c = &l->checks[i];
        char s[2 * LW_MRZ_COLUMNS];
        size_t n = 0;
        for (size_t k = 0; k < c->n; k++) {
            memcpy(s + n, lines[c->over[k].line] + c->over[k].column, c->over[k].n);
            n += c->over[k].n;
        }
        if (c->field != LW_MRZ_DOCUMENT_NUMBER || !long_number)
            lines[c->digit.line][c->digit.column] = lw_mrz_check_digit(s, n);
    }
}

int lw_mrz_make(char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1], size_t *n_lines,
                enum lw_mrz_format format, const struct lw_mrz_holder *h, struct lw_why *why)
{
    const struct lw_mrz_layout *l = lw_mrz_layout_of(format);
    if (!l || format == LW_MRZ_ID_FRA)
        return lw_why_set(why, LW_EINVAL, -1, "format: not one that is made");
    lw_mrz_grid grid;
    memset(grid, '<', sizeof(grid));
    for (size_t i = 0; i < LW_MRZ_LINES; i++)
        grid[i][l->columns] = '\0';
    const struct lw_mrz_place names = lw_mrz_slot_of(l, LW_MRZ_SURNAME)->at;
    int r = put_names(grid[names.line] + names.column, names.n, h, why);
    if (r < 0 || (r = put_number(grid, l, h, why)) < 0 || (r = put_rest(grid, l, h, why)) < 0)
        return r;
    const struct lw_mrz_slot *number = lw_mrz_slot_of(l, LW_MRZ_DOCUMENT_NUMBER);
    put_check_digits(grid, l, strlen(or_empty(h->document_number)) > number->at.n);
    memcpy(lines, grid, sizeof(grid));
    *n_lines = l->lines;
    return LW_OK;
}
