#include "check.h"

#include "cross/regions.h"

#define GOOD                                                                                       \
    "{\"version\":1,\"cameras\":[{\"id\":\"front\",\"cabin\":[0.1,0.2,0.5,0.6]},"                  \
    "{\"id\":\"left\",\"cabin\":[0,0,1,1]}]}"

static int parse(struct lw_regions *r, const char *text, struct lw_why *why)
{
    return lw_regions_parse(r, (struct lw_span){(const uint8_t *)text, strlen(text)}, why);
}

static void a_region_belongs_to_a_camera(void **state)
{
    LW_UNUSED(state);
    struct lw_regions r;
    CHECK(parse(&r, GOOD, NULL) == LW_OK && r.n == 2);
    const struct lw_region front = lw_regions_of(&r, "front"), other = lw_regions_of(&r, "booth");
    CHECK(front.x == 0.1f && front.y == 0.2f && front.w == 0.5f && front.h == 0.6f);
    CHECK(other.x == 0 && other.w == 1 && other.h == 1);
    CHECK(lw_regions_of(NULL, "front").w == 1);
}

static void check_refused(const char *text, const char *words)
{
    struct lw_regions r;
    struct lw_why why = {0};
    CHECK(parse(&r, text, &why) == LW_EFORMAT);
    if (!strstr(why.text, words))
        fail_msg("%s", why.text);
}

static void what_is_no_region_is_refused(void **state)
{
    LW_UNUSED(state);
    check_refused("{\"version\":2,\"cameras\":[]}", "version");
    check_refused("{\"version\":1,\"cameras\":[{\"id\":\"a\",\"cabin\":[0,0,1]}]}", "cabin");
    check_refused("{\"version\":1,\"cameras\":[{\"id\":\"a\",\"cabin\":[0,0,2,1]}]}", "[2] is not");
    check_refused("{\"version\":1,\"cameras\":[{\"id\":\"a\",\"cabin\":[0.5,0,0.6,1]}]}",
                  "no part");
    check_refused("{\"version\":1,\"cameras\":[{\"id\":\"a\",\"cabin\":[0,0,0.01,1]}]}", "no part");
    check_refused("{\"version\":1,\"cameras\":[{\"id\":\"a\",\"cabin\":[0,0,1,1]},"
                  "{\"id\":\"a\",\"cabin\":[0,0,1,1]}]}",
                  "already");
    check_refused("{\"version\":1,\"cameras\":[],\"zebra\":1}", "zebra");
    check_refused("[]", "object");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_region_belongs_to_a_camera),
    cmocka_unit_test(what_is_no_region_is_refused),
};
RUN_TESTS(tests)
