#include "check.h"

#include "base/file.h"
#include "base/strbuf.h"
#include "sim/preset.h"

static char *page(void)
{
    uint8_t *text = NULL;
    size_t n = 0;
    CHECK(lw_file_read("docs/sim.md", LW_MIB, &text, &n, NULL) == LW_OK);
    return (char *)text;
}

static void put(struct lw_strbuf *b, float v)
{
    lw_strbuf_printf(b, " %g |", (double)v);
}

static void check_row(const char *text, struct lw_strbuf *b)
{
    CHECK(lw_strbuf_err(b) == LW_OK);
    if (!strstr(text, lw_strbuf_peek(b)))
        print_message("docs/sim.md has no row %s\n", lw_strbuf_peek(b));
    CHECK(strstr(text, lw_strbuf_peek(b)) != NULL);
    lw_strbuf_clear(b);
}

static void conditions_stand_in_the_docs_as_they_are(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_MEM(char) text = page();
    for (size_t i = 0; i < LW_SIM_CONDITIONS; i++) {
        const struct lw_sim_condition *c = &lw_sim_conditions[i];
        const float v[] = {
            c->sky,  c->sun,      c->cabin,          c->lamp,     c->reflection, c->glare,
            c->dirt, c->gain_max, c->exposure_error, c->infrared, c->defocus_px, c->speed_mps};
        struct lw_strbuf b = LW_STRBUF_INIT;
        lw_strbuf_printf(&b, "| `%s` |", c->name);
        for (size_t k = 0; k < LW_COUNT(v); k++)
            put(&b, v[k]);
        check_row(text, &b);
    }
}

static void presets_stand_in_the_docs_as_they_are(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_MEM(char) text = page();
    const struct lw_sim_preset *p;
    for (size_t i = 0; (p = lw_sim_preset_at(i)); i++) {
        struct lw_strbuf b = LW_STRBUF_INIT;
        lw_strbuf_printf(&b, "| `%s` | %s | ", p->name, p->about);
        for (size_t k = 0, n = 0; k < LW_SIM_CONDITIONS; k++)
            if (p->weight[k] > 0)
                lw_strbuf_printf(&b, "%s%s %g", n++ ? ", " : "", lw_sim_conditions[k].name,
                                 (double)p->weight[k]);
        lw_strbuf_printf(&b, " | %d-%d |", p->people_min, p->people_max);
        put(&b, p->three_rows);
        put(&b, p->one_row);
        put(&b, p->side_cameras);
        lw_strbuf_printf(&b, " %d-%d |", p->frames_min, p->frames_max);
        const float v[] = {p->impostor,  p->undeclared, p->opted_out, p->distractor,
                           p->occlusion, p->restless,   p->faults};
        for (size_t k = 0; k < LW_COUNT(v); k++)
            put(&b, v[k]);
        check_row(text, &b);
    }
}

static void presets_are_found_by_their_names_alone(void **state)
{
    LW_UNUSED(state);
    CHECK(lw_sim_preset_find("mixed") && lw_sim_preset_find("sample"));
    CHECK(!lw_sim_preset_find("") && !lw_sim_preset_find("Mixed") && !lw_sim_preset_find("mixe"));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(conditions_stand_in_the_docs_as_they_are),
    cmocka_unit_test(presets_stand_in_the_docs_as_they_are),
    cmocka_unit_test(presets_are_found_by_their_names_alone),
};
RUN_TESTS(tests)
