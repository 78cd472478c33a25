/* A person's own data: what is theirs in each record, and nothing of the others in the vehicle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "crypt/hex.h"
#include "store/blob.h"
#include "store/person.h"

struct own_file {
    char name[LW_BUNDLE_ID + 40];
    uint8_t *bytes; /* yours: wipe and free */
    size_t n;
};
struct exporting {
    struct lw_store *s;
    const struct lw_request *request;
    struct lw_person person;
    size_t n_files;
    struct own_file *files;
    struct lw_strbuf data; /* data.json */
};

static void put_key(struct lw_strbuf *b, const char *name, const char *text)
{
    lw_strbuf_printf(b, ",\"%s\":", name);
    if (text && *text)
        lw_json_put_string(b, text);
    else
        lw_strbuf_puts(b, "null");
}

static void put_time(struct lw_strbuf *b, const char *name, int64_t utc_us)
{
    char text[LW_TIME_TEXT];
    lw_time_print(text, utc_us);
    put_key(b, name, text);
}

static void put_column(struct lw_strbuf *b, const char *name, sqlite3_stmt *st, int column)
{
    char text[512];
    lw_sql_text(st, column, text, sizeof(text));
    put_key(b, name, text);
}

static void put_flag(struct lw_strbuf *b, const char *name, sqlite3_stmt *st, int column)
{
    lw_strbuf_printf(b, ",\"%s\":%s", name, sqlite3_column_int(st, column) ? "true" : "false");
}

/* --- files --- */

static int add_file(struct exporting *x, const char *record, const char *name, uint8_t *bytes,
                    size_t n, struct lw_why *why)
{
    struct own_file *files = realloc(x->files, (x->n_files + 1) * sizeof(*files));
    if (!files) {
        lw_wipe(bytes, n);
        free(bytes);
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    }
    x->files = files;
    struct own_file *f = &x->files[x->n_files++];
    *f = (struct own_file){.bytes = bytes, .n = n};
    snprintf(f->name, sizeof(f->name), "%s/%s", record, name);
    return LW_OK;
}

static const char *extension(const char *kind)
{
    return strcmp(kind, "photo") == 0 ? "jpg" : strcmp(kind, "fields") == 0 ? "json" : "lwtp";
}

/* columns: LW_BLOB_COLUMNS, sealed, quality, due, of a document, serves */
static int add_blob(struct exporting *x, sqlite3_stmt *st, bool first, struct lw_why *why)
{
    struct lw_blob_row row;
    char name[40];
    uint8_t *bytes = NULL;
    lw_blob_read_row(&row, st);
    const struct lw_blob_place at = lw_blob_place_of(&x->s->identity, &row);
    const struct lw_span sealed = lw_sql_bytes(st, 8);
    const bool portrait = sqlite3_column_int(st, 11) && strcmp(row.kind, "photo") == 0;
    int r = lw_blob_open(x->s->keys, &at, &row.key, sealed, &bytes, why);
    if (r < 0 && r != LW_ENOTFOUND)
        return r;
    snprintf(name, sizeof(name), "%s-%zu.%s", portrait ? "portrait" : row.kind, row.n + 1,
             extension(row.kind));
    lw_strbuf_printf(&x->data, "%s{\"file\":", first ? "" : ",");
    if (bytes)
        lw_json_put_string(&x->data, name);
    else
        lw_strbuf_puts(&x->data, "null"); /* its key is destroyed already */
    put_key(&x->data, "kind", portrait ? "portrait" : row.kind);
    put_time(&x->data, "kept_until_utc", sqlite3_column_int64(st, 10));
    put_flag(&x->data, "serves_at_later_crossings", st, 12);
    lw_strbuf_putc(&x->data, '}');
    return bytes ? add_file(x, row.record_id, name, bytes, sealed.n - LW_SEAL_EXTRA, why) : LW_OK;
}

static int add_blobs(struct exporting *x, const struct lw_person_record *p, struct lw_why *why)
{
    sqlite3_stmt *st;
    bool first = true;
    lw_strbuf_puts(&x->data, ",\"files\":[");
    int r = lw_sql_begin(
        &x->s->q, why, &st,
        "SELECT " LW_BLOB_COLUMNS ", sealed, quality, blob.due_utc_us,"
        " blob.document IS NOT NULL, EXISTS (SELECT 1 FROM encounter WHERE encounter.blob ="
        " blob.seq) FROM " LW_BLOB_TABLES " WHERE blob.record = ?1 AND blob_key.blob IS NOT NULL"
        " AND (blob.document = ?2 OR blob.occupant = ?3) ORDER BY blob.n",
        LW_BIND(LW_I(p->seq), LW_I(p->document), LW_I(p->occupant)));
    while (r == 0 && (r = lw_sql_next(&x->s->q, st, why)) == 1) {
        if ((r = add_blob(x, st, first, why)) < 0) {
            lw_sql_done(st);
            return r;
        }
        first = false;
    }
    lw_strbuf_puts(&x->data, "]");
    return r;
}

/* --- what the tables say --- */

static int put_record(struct exporting *x, const struct lw_person_record *p, struct lw_why *why)
{
    sqlite3_stmt *st;
    struct lw_strbuf *b = &x->data;
    int r = lw_sql_begin(&x->s->q, why, &st,
                         "SELECT crossing, corrects, lane, direction, opened_utc_us,"
                         " closed_utc_us, synthetic, policy.name, policy.revision,"
                         " lower(hex(policy.sha256)) FROM record"
                         " JOIN policy ON policy.seq = policy WHERE record.seq = ?",
                         LW_BIND(LW_I(p->seq)));
    if (r < 0 || (r = lw_sql_next(&x->s->q, st, why)) <= 0)
        return r;
    put_column(b, "crossing", st, 0);
    put_column(b, "corrects", st, 1);
    put_column(b, "lane", st, 2);
    put_column(b, "direction", st, 3);
    put_time(b, "opened_utc", sqlite3_column_int64(st, 4));
    put_time(b, "closed_utc", sqlite3_column_int64(st, 5));
    put_flag(b, "synthetic", st, 6);
    lw_strbuf_puts(b, ",\"policy\":{\"format\":\"lanewise-policy\"");
    put_column(b, "name", st, 7);
    put_column(b, "revision", st, 8);
    put_column(b, "sha256", st, 9);
    lw_strbuf_putc(b, '}');
    lw_sql_done(st);
    return LW_OK;
}

static int put_document(struct exporting *x, const struct lw_person_record *p, struct lw_why *why)
{
    sqlite3_stmt *st;
    struct lw_strbuf *b = &x->data;
    int r = lw_sql_begin(&x->s->q, why, &st,
                         "SELECT id, kind, class, opted_out, status, authentic, due_utc_us"
                         " FROM document WHERE record = ? AND n = ?",
                         LW_BIND(LW_I(p->seq), LW_I(p->document)));
    if (r < 0 || (r = lw_sql_next(&x->s->q, st, why)) <= 0)
        return r;
    lw_strbuf_printf(b, ",\"document\":{\"n\":%d", p->document);
    put_column(b, "id", st, 0);
    put_column(b, "kind", st, 1);
    put_column(b, "class", st, 2);
    put_flag(b, "opted_out", st, 3);
    put_column(b, "status", st, 4);
    put_flag(b, "authentic", st, 5);
    put_time(b, "kept_until_utc", sqlite3_column_int64(st, 6));
    lw_strbuf_putc(b, '}');
    lw_sql_done(st);
    return LW_OK;
}

static int put_occupant(struct exporting *x, const struct lw_person_record *p, struct lw_why *why)
{
    sqlite3_stmt *st;
    struct lw_strbuf *b = &x->data;
    int r = lw_sql_begin(&x->s->q, why, &st,
                         "SELECT seat, decision, score, captured, frames_seen, due_utc_us"
                         " FROM occupant WHERE record = ? AND n = ?",
                         LW_BIND(LW_I(p->seq), LW_I(p->occupant)));
    if (r < 0 || (r = lw_sql_next(&x->s->q, st, why)) < 0)
        return r;
    if (r == 0) {
        lw_strbuf_puts(b, ",\"occupant\":null");
        return LW_OK;
    }
    lw_strbuf_printf(b, ",\"occupant\":{\"n\":%d", p->occupant);
    put_column(b, "seat", st, 0);
    put_column(b, "decision", st, 1);
    lw_strbuf_puts(b, ",\"score\":");
    lw_json_put_float(b, (float)sqlite3_column_double(st, 2));
    put_flag(b, "captured", st, 3);
    lw_strbuf_printf(b, ",\"frames_seen\":%d", sqlite3_column_int(st, 4));
    put_time(b, "kept_until_utc", sqlite3_column_int64(st, 5));
    lw_strbuf_putc(b, '}');
    lw_sql_done(st);
    return LW_OK;
}

/* Who has done what with it: roles and purposes, no names of officers. */
static int put_accesses(struct exporting *x, const struct lw_person_record *p, struct lw_why *why)
{
    sqlite3_stmt *st;
    struct lw_strbuf *b = &x->data;
    bool first = true;
    lw_strbuf_puts(b, ",\"accesses\":[");
    int r = lw_sql_begin(&x->s->q, why, &st,
                         "SELECT utc_us, action, role, purpose FROM audit WHERE seq >= ?1"
                         " AND subject = ?2 ORDER BY seq LIMIT 1000",
                         LW_BIND(LW_I(p->seq), LW_T(p->id)));
    while (r == 0 && (r = lw_sql_next(&x->s->q, st, why)) == 1) {
        char utc[LW_TIME_TEXT];
        lw_time_print(utc, sqlite3_column_int64(st, 0));
        lw_strbuf_printf(b, "%s{\"utc\":\"%s\"", first ? "" : ",", utc);
        put_column(b, "action", st, 1);
        put_column(b, "role", st, 2);
        put_column(b, "purpose", st, 3);
        lw_strbuf_putc(b, '}');
        first = false;
        r = 0;
    }
    lw_strbuf_putc(b, ']');
    return r;
}

static int export_record(struct exporting *x, size_t i, struct lw_why *why)
{
    const struct lw_person_record *p = &x->person.v[i];
    struct lw_store_policy policy;
    LW_AUTO_MEM(uint8_t) text = NULL;
    char more[32];
    int r = lw_person_policy(x->s, p->policy, &policy, &text, why);
    if (r < 0 ||
        (r = lw_person_allow(x->s, &policy.rules, policy.rules.exporters, "export", why)) < 0)
        return r;
    lw_strbuf_printf(&x->data, "%s{\"record\":\"%s\"", i ? "," : "", p->id);
    const size_t before = x->n_files;
    if ((r = put_record(x, p, why)) < 0 || (r = put_document(x, p, why)) < 0 ||
        (r = put_occupant(x, p, why)) < 0 || (r = add_blobs(x, p, why)) < 0)
        return r;
    snprintf(more, sizeof(more), "files=%zu", x->n_files - before);
    if ((r = lw_person_note(x->s, x->request, "export", p->id, more, why)) < 0 ||
        (r = put_accesses(x, p, why)) < 0)
        return r;
    lw_strbuf_putc(&x->data, '}');
    return LW_OK;
}

static int export_all(struct exporting *x, struct lw_why *why)
{
    char now[LW_TIME_TEXT];
    int r = lw_person_find(x->s, x->request, &x->person, why);
    if (r < 0)
        return r;
    lw_time_print(now, lw_now_utc_us());
    lw_strbuf_printf(&x->data,
                     "{\"format\":\"lanewise-own-data\",\"version\":1,\"made_utc\":\"%s\"", now);
    put_key(&x->data, "issuing_state", x->request->who.issuer);
    put_key(&x->data, "document_number", x->request->who.number);
    put_key(&x->data, "ground", x->request->ground);
    lw_strbuf_puts(&x->data, ",\"records\":[");
    for (size_t i = 0; r == LW_OK && i < x->person.n; i++)
        r = export_record(x, i, why);
    lw_strbuf_puts(&x->data, "]}\n");
    return r == LW_OK && lw_strbuf_err(&x->data) ? lw_why_set(why, LW_ENOMEM, -1, "no memory") : r;
}

static int hand_out(struct exporting *x, lw_own_fn put, void *ctx, struct lw_why *why)
{
    int r = put(ctx, "data.json", lw_strbuf_span(&x->data), why);
    for (size_t i = 0; r == LW_OK && i < x->n_files; i++)
        r = put(ctx, x->files[i].name, (struct lw_span){x->files[i].bytes, x->files[i].n}, why);
    return r;
}

int lw_store_own_data(struct lw_store *s, const struct lw_request *q, lw_own_fn put, void *ctx,
                      struct lw_own_report *out, struct lw_why *why)
{
    struct exporting x = {.s = s, .request = q, .data = LW_STRBUF_INIT};
    int r = lw_store_begin(s, why);
    if (r == LW_OK && (r = lw_store_finish(s, export_all(&x, why), why)) == LW_OK &&
        (r = hand_out(&x, put, ctx, why)) == LW_OK)
        *out = (struct lw_own_report){.records = (int64_t)x.person.n, .files = (int64_t)x.n_files};
    for (size_t i = 0; i < x.n_files; i++) {
        lw_wipe(x.files[i].bytes, x.files[i].n);
        free(x.files[i].bytes);
    }
    free(x.files);
    free(x.person.v);
    lw_strbuf_clear(&x.data);
    return r;
}
