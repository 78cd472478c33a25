/* tests/cross/bundles.h - one valid crossing.json and how to break one thing in it. */
#ifndef LW_TESTS_BUNDLES_H
#define LW_TESTS_BUNDLES_H

#include "base/strbuf.h"
#include "check.h"

#define GOOD_TRUTH                                                                                 \
    "{\"occupants\":[{\"person\":\"p1\",\"seat\":\"1L\",\"document\":\"d1\","                      \
    "\"boxes\":{\"front\":[[0,10,20,30,40],[2,-3.5,20,30,40]],\"left\":[[1,1,2,3,4]]},"            \
    "\"visible\":{\"front\":[0.5,1]}},"                                                            \
    "{\"person\":\"p2\",\"seat\":\"2R\",\"document\":null,\"claims\":\"d2\","                      \
    "\"boxes\":{\"front\":[]}}],"                                                                  \
    "\"distractors\":[{\"kind\":\"poster\",\"boxes\":{\"front\":[[0,1,1,2,2]]}}],"                 \
    "\"condition\":\"dusk\"}"

#define GOOD_BUNDLE                                                                                \
    "{\"version\":1,\"id\":\"01KG9H2PD1JQME40KXFDEP2DRB\",\"lane\":\"OUT-3\","                     \
    "\"direction\":\"outbound\",\"opened_utc\":\"2026-01-31T08:15:00.250Z\","                      \
    "\"cameras\":[{\"id\":\"front\",\"view\":\"windshield\",\"source\":\"front.mp4\"},"            \
    "{\"id\":\"left\",\"view\":\"left_side\",\"source\":\"frames/left_*.jpg\",\"fps\":12.5}],"     \
    "\"documents\":[{\"id\":\"d1\",\"kind\":\"image\",\"portrait\":\"d1.jpg\","                    \
    "\"mrz\":[\"P<UTOERIKSSON\",\"L898902C3\"],\"class\":\"citizen\",\"opted_out\":true},"         \
    "{\"id\":\"d2\",\"kind\":\"lds\",\"path\":\"d2/\"}],"                                          \
    "\"truth\":" GOOD_TRUTH "}"

static inline struct lw_span text_span(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

/* GOOD_BUNDLE with the first `from` replaced by `to`; the caller clears it. */
static inline struct lw_strbuf broken_bundle(const char *from, const char *to)
{
    struct lw_strbuf b = LW_STRBUF_INIT;
    const char *at = strstr(GOOD_BUNDLE, from);
    assert_non_null(at);
    lw_strbuf_put(&b, GOOD_BUNDLE, (size_t)(at - GOOD_BUNDLE));
    lw_strbuf_puts(&b, to);
    lw_strbuf_puts(&b, at + strlen(from));
    assert_int_equal(lw_strbuf_err(&b), LW_OK);
    return b;
}

#endif
