#include "card/password.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_MIN = 9, NUMBER_MAX = 24, DATE = 6, CAN_MIN = 4, CAN_MAX = 16 };

/* The field with outer and inner fillers, and its check digit. */
static int put_field(struct lw_strbuf *info, const char *field, size_t least, const char *name,
                     struct lw_why *why)
{
    char text[NUMBER_MAX + 1];
    size_t n = strlen(field);
    if (n > NUMBER_MAX || n == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "%s has %zu characters", name, n);
    memcpy(text, field, n);
    for (size_t i = 0; i < n; i++)
        if (text[i] == ' ')
            text[i] = '<';
    while (n < least)
        text[n++] = '<';
    char digit = lw_mrz_check_digit(text, n);
    if (!digit)
        return lw_why_set(why, LW_EFORMAT, -1, "%s has a character that no MRZ has", name);
    lw_strbuf_put(info, text, n);
    lw_strbuf_putc(info, digit);
    return LW_OK;
}

int lw_password_of_fields(struct lw_password *out, const char *number, const char *birth,
                          const char *expiry, struct lw_why *why)
{
    if (strlen(birth) != DATE || strlen(expiry) != DATE)
        return lw_why_set(why, LW_EFORMAT, -1, "a date of the MRZ has not 6 characters");
    LW_AUTO_STRBUF info = LW_STRBUF_INIT;
    int r = put_field(&info, number, NUMBER_MIN, "document number", why);
    if (r == LW_OK)
        r = put_field(&info, birth, DATE, "birth date", why);
    if (r == LW_OK)
        r = put_field(&info, expiry, DATE, "expiry date", why);
    if (r < 0)
        return r;
    struct lw_password p = {.kind = LW_PASSWORD_MRZ};
    r = lw_strbuf_err(&info) ? LW_ENOMEM : lw_sha1(p.key, lw_strbuf_span(&info));
    lw_wipe(info.s, info.n);
    if (r < 0)
        return lw_why_set(why, r, -1, "key of the MRZ cannot be made");
    *out = p;
    return LW_OK;
}

static bool matters(enum lw_mrz_field f)
{
    return f == LW_MRZ_WHOLE || f == LW_MRZ_DOCUMENT_NUMBER || f == LW_MRZ_BIRTH_DATE ||
           f == LW_MRZ_EXPIRY_DATE;
}

int lw_password_of_mrz(struct lw_password *out, const struct lw_mrz *mrz, struct lw_why *why)
{
    for (size_t i = 0; i < mrz->n_findings; i++) {
        const struct lw_mrz_finding *f = &mrz->findings[i];
        if (matters(f->field) && f->rule != LW_MRZ_DATE)
            return lw_why_set(why, LW_EFORMAT, (int64_t)f->offset,
                              "line %d, column %d: %s: wrong %s: no key for the chip", f->line,
                              f->column, lw_mrz_field_name(f->field), lw_mrz_rule_name(f->rule));
    }
    return lw_password_of_fields(out, mrz->document_number, mrz->birth_date, mrz->expiry_date, why);
}

int lw_password_of_can(struct lw_password *out, const char *can, struct lw_why *why)
{
    size_t n = strlen(can);
    if (n < CAN_MIN || n > CAN_MAX || strspn(can, "0123456789") != n)
        return lw_why_set(why, LW_EFORMAT, -1, "a card access number is %d to %d digits", CAN_MIN,
                          CAN_MAX);
    *out = (struct lw_password){.kind = LW_PASSWORD_CAN};
    snprintf(out->can, sizeof(out->can), "%s", can);
    return LW_OK;
}

void lw_password_wipe(struct lw_password *p)
{
    lw_wipe(p, sizeof(*p));
}

struct lw_span lw_password_secret(const struct lw_password *p)
{
    if (p->kind == LW_PASSWORD_CAN)
        return (struct lw_span){(const uint8_t *)p->can, strlen(p->can)};
    return (struct lw_span){p->key, sizeof(p->key)};
}
