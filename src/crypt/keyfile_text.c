#include "crypt/keyfile_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "crypt/hex.h"

#define FORMAT "lanewise-keys"

void lw_keyfile_text_wipe(struct lw_keyfile_text *t)
{
    if (t->keys)
        lw_wipe(t->keys, t->n * sizeof(*t->keys));
    free(t->keys);
    lw_wipe(t, sizeof(*t));
}

static size_t print_key(char *out, size_t cap, const struct lw_wrapping_key *k, bool last)
{
    char time[LW_TIME_TEXT], hex[2 * LW_SEAL_KEY + 1];
    lw_time_print(time, k->until_utc_us);
    lw_hex_print(hex, (struct lw_span){.data = k->key, .n = sizeof(k->key)});
    int n = snprintf(out, cap, "  {\"generation\": %jd, \"until\": \"%s\", \"key\": \"%s\"}%s\n",
                     (intmax_t)k->generation, time, hex, last ? "" : ",");
    lw_wipe(hex, sizeof(hex));
    return (size_t)n;
}

/* One buffer of the right size from the start: a growing one would leave secrets behind. */
int lw_keyfile_text_print(const struct lw_keyfile_text *t, char **text, size_t *n,
                          struct lw_why *why)
{
    size_t cap = 512 + t->n * 160, used;
    char *s = malloc(cap);
    char seed[65], identity[65], hash[65];
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    lw_hex_print(seed, (struct lw_span){.data = t->seed, .n = 32});
    lw_hex_print(identity, (struct lw_span){.data = t->identity, .n = 32});
    lw_hex_print(hash, (struct lw_span){.data = t->anchor.hash, .n = 32});
    used = (size_t)snprintf(s, cap,
                            "{\"format\": \"" FORMAT "\", \"version\": 1, \"generation\": %jd,\n"
                            " \"signing\": \"%s\",\n \"identity\": \"%s\",\n"
                            " \"anchor\": {\"seq\": %jd, \"hash\": \"%s\"},\n \"keys\": [\n",
                            (intmax_t)t->generation, seed, identity, (intmax_t)t->anchor.seq, hash);
    lw_wipe(seed, sizeof(seed));
    lw_wipe(identity, sizeof(identity));
    for (size_t i = 0; i < t->n; i++)
        used += print_key(s + used, cap - used, &t->keys[i], i + 1 == t->n);
    used += (size_t)snprintf(s + used, cap - used, " ]}\n");
    *text = s;
    *n = used;
    return LW_OK;
}

static int refuse(struct lw_why *why, const char *key)
{
    return lw_why_set(why, LW_EFORMAT, -1, "%s: is missing or not what a key file has there", key);
}

static int read_int(const struct lw_json *o, const char *key, int64_t min, int64_t *out,
                    struct lw_why *why)
{
    const struct lw_json *v = lw_json_get(o, key);
    if (!v || lw_json_type(v) != LW_JSON_INT || lw_json_int(v) < min)
        return refuse(why, key);
    *out = lw_json_int(v);
    return LW_OK;
}

static int read_hex(const struct lw_json *o, const char *key, uint8_t out[32], struct lw_why *why)
{
    const struct lw_json *v = lw_json_get(o, key);
    const char *s = v ? lw_json_string(v) : NULL;
    return s && lw_hex_parse(out, 32, s) == LW_OK ? LW_OK : refuse(why, key);
}

static int read_key(struct lw_wrapping_key *k, const struct lw_json *v, struct lw_why *why)
{
    static const char *const known[] = {"generation", "until", "key", NULL};
    int r = lw_json_only(v, known, "keys", why);
    if (r < 0 || (r = read_int(v, "generation", 1, &k->generation, why)) < 0 ||
        (r = read_hex(v, "key", k->key, why)) < 0)
        return r;
    const struct lw_json *until = lw_json_get(v, "until");
    if (!until || !lw_json_string(until) ||
        lw_time_parse(lw_json_string(until), &k->until_utc_us) < 0)
        return refuse(why, "until");
    return LW_OK;
}

static int read_keys(struct lw_keyfile_text *t, const struct lw_json *root, struct lw_why *why)
{
    const struct lw_json *a = lw_json_get(root, "keys");
    if (!a || lw_json_type(a) != LW_JSON_ARRAY || lw_json_size(a) > LW_KEYFILE_KEYS_MAX)
        return refuse(why, "keys");
    size_t n = lw_json_size(a);
    t->keys = calloc(n + 1, sizeof(*t->keys));
    if (!t->keys)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    t->n = n;
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < n; i++)
        r = read_key(&t->keys[i], lw_json_at(a, i), why);
    return r;
}

static int read_root(struct lw_keyfile_text *t, const struct lw_json *root, struct lw_why *why)
{
    static const char *const known[] = {"format",   "version", "generation", "signing",
                                        "identity", "anchor",  "keys",       NULL};
    static const char *const known_anchor[] = {"seq", "hash", NULL};
    int64_t version = 0;
    int r = lw_json_only(root, known, "top level", why);
    if (r < 0)
        return r;
    const struct lw_json *format = lw_json_get(root, "format");
    if (!format || !lw_json_string(format) || strcmp(lw_json_string(format), FORMAT) != 0)
        return refuse(why, "format");
    if ((r = read_int(root, "version", 1, &version, why)) < 0)
        return r;
    if (version != 1)
        return lw_why_set(why, LW_EUNSUP, -1, "version: %jd is not 1", (intmax_t)version);
    const struct lw_json *anchor = lw_json_get(root, "anchor");
    if (!anchor)
        return refuse(why, "anchor");
    if ((r = read_int(root, "generation", 1, &t->generation, why)) < 0 ||
        (r = read_hex(root, "signing", t->seed, why)) < 0 ||
        (r = read_hex(root, "identity", t->identity, why)) < 0 ||
        (r = lw_json_only(anchor, known_anchor, "anchor", why)) < 0 ||
        (r = read_int(anchor, "seq", 0, &t->anchor.seq, why)) < 0 ||
        (r = read_hex(anchor, "hash", t->anchor.hash, why)) < 0)
        return r;
    return read_keys(t, root, why);
}

int lw_keyfile_text_parse(struct lw_keyfile_text *out, struct lw_span text, struct lw_why *why)
{
    LW_AUTO(lw_json_doc) doc = NULL;
    struct lw_keyfile_text t = {0};
    int r = lw_json_parse(&doc, text, why);
    if (r == LW_OK)
        r = read_root(&t, lw_json_root(doc), why);
    if (r < 0) {
        lw_keyfile_text_wipe(&t);
        return r;
    }
    *out = t;
    return LW_OK;
}
