#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "crypt/hex.h"
#include "doc/manifest_priv.h"

static int refuse(struct lw_why *why, const char *place, const char *rule)
{
    return lw_why_set(why, LW_EFORMAT, -1, "%s: %s", place, rule);
}

/* A text of fewer than cap bytes. */
static int get_text(const struct lw_json *object, const char *key, const char *place, char *out,
                    size_t cap, struct lw_why *why)
{
    const char *text = lw_json_string(lw_json_get(object, key));
    if (!text || strlen(text) >= cap)
        return lw_why_set(why, LW_EFORMAT, -1, "%s%s: no text of at most %zu characters", place,
                          key, cap - 1);
    snprintf(out, cap, "%s", text);
    return LW_OK;
}

/* A time without a part of a second. */
static int get_time(const struct lw_json *object, const char *key, int64_t *seconds,
                    struct lw_why *why)
{
    char text[LW_TIME_TEXT];
    int64_t utc_us;
    int r = get_text(object, key, "", text, sizeof(text), why);
    if (r < 0)
        return r;
    if (lw_time_parse(text, &utc_us) < 0 || utc_us % 1000000 != 0)
        return refuse(why, key, "no time in whole seconds of UTC");
    *seconds = utc_us / 1000000;
    return LW_OK;
}

static int get_bytes(const struct lw_json *object, const char *key, uint8_t *out, size_t n,
                     struct lw_why *why)
{
    char text[2 * LW_SIGN_BYTES + 1];
    int r = get_text(object, key, "", text, 2 * n + 1, why);
    if (r < 0)
        return r;
    return lw_hex_parse(out, n, text) < 0 ? refuse(why, key, "no hexadecimal text of its length")
                                          : LW_OK;
}

static int get_document(const struct lw_json *d, size_t i, struct lw_manifest_document *out,
                        struct lw_why *why)
{
    static const char *const known[] = {"issuing_state", "number", NULL};
    char place[48];
    snprintf(place, sizeof(place), "documents[%zu]", i);
    int r = lw_json_only(d, known, place, why);
    snprintf(place, sizeof(place), "documents[%zu].", i);
    if (r < 0 || (r = get_text(d, "issuing_state", place, out->issuing_state,
                               sizeof(out->issuing_state), why)) < 0)
        return r;
    return get_text(d, "number", place, out->number, sizeof(out->number), why);
}

static int get_documents(const struct lw_json *list, struct lw_manifest *m, struct lw_why *why)
{
    if (lw_json_type(list) != LW_JSON_ARRAY || lw_json_size(list) > LW_MANIFEST_PEOPLE_MAX)
        return refuse(why, "documents", "no list of 1 to 10");
    for (size_t i = 0; i < lw_json_size(list); i++) {
        int r = get_document(lw_json_at(list, i), i, &m->documents[i], why);
        if (r < 0)
            return r;
    }
    m->n_documents = lw_json_size(list);
    return LW_OK;
}

static int get_all(const struct lw_json *root, struct lw_manifest *m, char id[LW_ULID_TEXT],
                   struct lw_why *why)
{
    static const char *const known[] = {"manifest",  "id",     "nonce",     "issued",
                                        "expires",   "people", "documents", "public_key",
                                        "signature", NULL};
    const struct lw_json *people = lw_json_get(root, "people"),
                         *documents = lw_json_get(root, "documents");
    int r = lw_json_only(root, known, "manifest", why);
    if (r < 0)
        return r;
    if (lw_json_int(lw_json_get(root, "manifest")) != 1)
        return refuse(why, "manifest", "no manifest of version 1");
    if (!people || lw_json_type(people) != LW_JSON_INT || lw_json_int(people) < 1 ||
        lw_json_int(people) > LW_MANIFEST_PEOPLE_MAX)
        return refuse(why, "people", "no number of 1 to 10");
    m->people = (unsigned)lw_json_int(people);
    if (!documents)
        return refuse(why, "documents", "no list of 1 to 10");
    if ((r = get_text(root, "id", "", id, LW_ULID_TEXT, why)) < 0 ||
        (r = get_bytes(root, "nonce", m->nonce, sizeof(m->nonce), why)) < 0 ||
        (r = get_time(root, "issued", &m->issued_s, why)) < 0 ||
        (r = get_time(root, "expires", &m->expires_s, why)) < 0 ||
        (r = get_documents(documents, m, why)) < 0 ||
        (r = get_bytes(root, "public_key", m->public_key, sizeof(m->public_key), why)) < 0)
        return r;
    return get_bytes(root, "signature", m->signature, sizeof(m->signature), why);
}

int lw_manifest_parse_json(struct lw_manifest *out, struct lw_span text, struct lw_why *why)
{
    LW_AUTO(lw_json_doc) doc = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_manifest m = {.people = 0};
    struct lw_why bad;
    char id[LW_ULID_TEXT];
    int r = lw_json_parse(&doc, text, why);
    if (r < 0 || (r = get_all(lw_json_root(doc), &m, id, why)) < 0)
        return r;
    if ((r = lw_manifest_put_signed(&b, &m, &bad)) < 0)
        return lw_why_set(why, r == LW_EINVAL ? LW_EFORMAT : r, -1, "%s", bad.text);
    lw_manifest_make_id(&m);
    if (strcmp(m.id, id) != 0)
        return refuse(why, "id", "not that of its time and nonce");
    *out = m;
    return LW_OK;
}

static void put_time(struct lw_strbuf *b, const char *key, int64_t seconds)
{
    char text[LW_TIME_TEXT];
    lw_time_print(text, seconds * 1000000);
    lw_strbuf_printf(b, ", \"%s\": \"%.19sZ\"", key, text);
}

static void put_bytes(struct lw_strbuf *b, const char *key, const uint8_t *bytes, size_t n)
{
    char text[2 * LW_SIGN_BYTES + 1];
    lw_hex_print(text, (struct lw_span){bytes, n});
    lw_strbuf_printf(b, ", \"%s\": \"%s\"", key, text);
}

void lw_manifest_put_json(struct lw_strbuf *b, const struct lw_manifest *m)
{
    lw_strbuf_printf(b, "{\"manifest\": 1, \"id\": \"%s\"", m->id);
    put_bytes(b, "nonce", m->nonce, sizeof(m->nonce));
    put_time(b, "issued", m->issued_s);
    put_time(b, "expires", m->expires_s);
    lw_strbuf_printf(b, ", \"people\": %u, \"documents\": [", m->people);
    for (size_t i = 0; i < m->n_documents; i++)
        lw_strbuf_printf(b, "%s{\"issuing_state\": \"%s\", \"number\": \"%s\"}", i ? ", " : "",
                         m->documents[i].issuing_state, m->documents[i].number);
    lw_strbuf_putc(b, ']');
    put_bytes(b, "public_key", m->public_key, sizeof(m->public_key));
    put_bytes(b, "signature", m->signature, sizeof(m->signature));
    lw_strbuf_puts(b, "}\n");
}
