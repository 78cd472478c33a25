/* Recorded sessions with honest and dishonest chips: the seeds of the fuzz target are read as their
 * names say. */
#include "check.h"

#include "base/file.h"
#include "card/card.h"
#include "fake/card.h"
#include "fake/recording.h"

static int replay(struct lw_card **card, struct lw_span answers)
{
    const struct fake_opts who = FAKE_DEFAULTS;
    uint8_t next = 1;
    const struct lw_random random = {recording_random, &next};
    struct lw_password password;
    struct lw_card_opts o = LW_CARD_DEFAULTS;
    struct recording rec = recording_over(answers);
    CHECK(lw_password_of_fields(&password, who.number, who.birth, who.expiry, NULL) == LW_OK);
    o.password = &password;
    o.random = &random;
    o.retries = 1;
    o.max_file_bytes = 65536;
    return lw_card_read(card, &rec.reader, &o, NULL);
}

static void recorded_sessions_end_as_their_names_say(void **state)
{
    LW_UNUSED(state);
    static const char dir[] = "tests/fuzz/corpus/apdu";
    struct lw_names names = {0};
    size_t good = 0, bad = 0;
    CHECK(lw_names_list(&names, dir, 10000, NULL) == LW_OK);
    for (size_t i = 0; i < names.n; i++) {
        char path[400];
        uint8_t *data = NULL;
        size_t n = 0;
        LW_AUTO(lw_card) card = NULL;
        snprintf(path, sizeof(path), "%s/%s", dir, names.v[i]);
        CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
        bool says_good = strncmp(names.v[i], "good_", 5) == 0;
        bool says_bad = strncmp(names.v[i], "bad_", 4) == 0;
        if (n > 0 && data[0] == 0 && (says_good || says_bad)) {
            int r = replay(&card, (struct lw_span){data + 1, n - 1});
            bool fine = r == LW_OK && card->n_findings == 0 && card->end == LW_CHANNEL_OPEN;
            if (fine != says_good)
                print_message("# %s\n", names.v[i]);
            CHECK(fine == says_good);
            good += says_good;
            bad += says_bad;
        }
        free(data);
    }
    lw_names_clear(&names);
    CHECK(good >= 8 && bad >= 20);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(recorded_sessions_end_as_their_names_say),
};
RUN_TESTS(tests)
