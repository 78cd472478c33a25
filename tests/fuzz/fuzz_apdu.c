/* A chip's answers into the reader's state machine. The first byte says how:
 *   0 the answers themselves, each with its length in two bytes, from the reset on
 *   1 what an open chip gives for READ BINARY, each with its length in one byte
 *   2 the same under BAC's secure messaging, authentic
 *   3 one protected answer, for keys that are known here
 *   4 SecurityInfos: EF.CardAccess, DG14 and EF.CardSecurity
 * Random numbers are the same each time, so that recorded sessions are valid ones. */
#include <stdlib.h>
#include <string.h>

#include "card/card.h"
#include "card/save.h"
#include "card/sm.h"
#include "fake/card.h"
#include "fake/recording.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_from(struct lw_reader *reader, size_t retries)
{
    const struct fake_opts who = FAKE_DEFAULTS;
    uint8_t next = 1;
    const struct lw_random random = {recording_random, &next};
    struct lw_password password;
    struct lw_card_opts o = LW_CARD_DEFAULTS;
    LW_AUTO(lw_card) card = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_why why = {.code = LW_OK};
    must(lw_password_of_fields(&password, who.number, who.birth, who.expiry, NULL) == LW_OK);
    o.password = &password;
    o.random = &random;
    o.retries = (unsigned)retries;
    o.max_file_bytes = 65536;
    int r = lw_card_read(&card, reader, &o, &why);
    must((r == LW_OK) == (card != NULL) && (r == LW_OK || (why.code == r && why.text[0])));
    if (!card)
        return;
    for (int ef = 0; ef < LW_EF_COUNT; ef++)
        must(card->files[ef].bytes.n <= o.max_file_bytes + 8 &&
             (card->files[ef].state != LW_EF_READ ||
              card->files[ef].bytes.n == card->files[ef].total));
    lw_card_put_json(&b, card);
    lw_card_put_text(&b, card);
}

static void replay(struct lw_span data)
{
    struct recording rec = recording_over(data);
    read_from(&rec.reader, 1);
}

static void run_script(struct lw_span script, bool bac)
{
    uint8_t next = 100;
    const struct lw_random random = {recording_random, &next};
    struct fake_opts o = FAKE_DEFAULTS;
    o.bac = bac;
    o.portrait = 10;
    o.script = script;
    o.random = &random;
    struct fake_card *card = fake_card_new(&o);
    must(card != NULL);
    struct lw_reader *reader = fake_reader_new(card);
    must(reader != NULL);
    if (script.n)
        read_from(reader, 0);
    lw_reader_free(&reader);
    fake_card_free(&card);
}

static void unwrap(struct lw_span answer)
{
    for (int c = LW_CIPHER_3DES; c <= LW_CIPHER_AES256; c++) {
        struct lw_sm sm;
        uint16_t sw = 0;
        LW_AUTO_STRBUF plain = LW_STRBUF_INIT;
        must(lw_sm_start(&sm, (enum lw_cipher)c, (struct lw_span){(const uint8_t *)"key", 3}) ==
             LW_OK);
        int r = lw_sm_unwrap(&sm, answer, &plain, &sw, NULL);
        must(r <= LW_OK && (r < 0 || plain.n <= answer.n));
    }
}

static void parse_infos(struct lw_span bytes)
{
    struct lw_secinfo s;
    char name[40];
    int (*const parsers[])(struct lw_secinfo *, struct lw_span, struct lw_why *) = {
        lw_secinfo_parse, lw_secinfo_parse_dg14, lw_secinfo_parse_card_security};
    for (size_t i = 0; i < LW_COUNT(parsers); i++) {
        if (parsers[i](&s, bytes, NULL) < 0)
            continue;
        const struct lw_pace_info *p = lw_pace_choose(&s);
        if (p)
            lw_pace_info_print(name, p);
        for (size_t k = 0; k < s.n_ca_keys; k++) {
            LW_AUTO(lw_group) g = NULL;
            struct lw_number key;
            if (lw_group_of_public_key(&g, &key, s.ca_keys[k].spki, NULL) == LW_OK)
                must(lw_group_check(g, lw_number_span(&key), NULL) == LW_OK);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    const struct lw_span rest = {data + 1, n - 1};
    switch (data[0]) {
    case 0:
        replay(rest);
        break;
    case 1:
    case 2:
        run_script(rest, data[0] == 2);
        break;
    case 3:
        unwrap(rest);
        break;
    case 4:
        parse_infos(rest);
        break;
    }
    return 0;
}
