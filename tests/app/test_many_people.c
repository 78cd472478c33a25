/* Eight people in a vehicle that is laid out for five: nobody is lost. */
#include "app/vehicle.h"

enum { PEOPLE = 8, COLUMNS = 4, CELL_W = 420, CELL_H = 560 };

static const struct {
    const char *photo;
    struct lw_rect box;
} people[PEOPLE] = {{"sample4.jpg", {978, 160, 189, 281}}, {"sample4.jpg", {654, 71, 209, 250}},
                    {"sample5.jpg", {602, 421, 164, 253}}, {"sample5.jpg", {1112, 185, 199, 277}},
                    {"sample6.jpg", {688, 373, 165, 263}}, {"sample6.jpg", {1469, 271, 218, 312}},
                    {"sample1.jpg", {850, 413, 193, 250}}, {"sample1.jpg", {414, 364, 194, 228}}};

static void paste_person(struct lw_image *frame, size_t i)
{
    LW_AUTO(lw_image) photo = vehicle_photo(people[i].photo);
    const struct lw_rect *b = &people[i].box;
    const int x = lw_maxi(0, (int)(b->x + b->w / 2) - CELL_W / 2);
    const int y = lw_maxi(0, (int)(b->y + b->h / 2) - CELL_H / 2);
    const int left = (int)(i % COLUMNS) * CELL_W, top = (int)(i / COLUMNS) * CELL_H;
    for (int row = 0; row < CELL_H; row++)
        memcpy(lw_image_row(frame, top + row) + 3 * left, lw_image_crow(photo, y + row) + 3 * x,
               3 * CELL_W);
}

static void write_portrait(const char *bundle, size_t i)
{
    LW_AUTO(lw_image) photo = vehicle_photo(people[i].photo);
    LW_AUTO(lw_image) cut = NULL;
    const struct lw_rect *b = &people[i].box;
    char name[16];
    CHECK(lw_image_crop(&cut, photo, (int)(b->x - 0.4f * b->w), (int)(b->y - 0.4f * b->h),
                        (int)(1.8f * b->w), (int)(1.8f * b->h)) == LW_OK);
    snprintf(name, sizeof(name), "d%zu.jpg", i);
    vehicle_write(bundle, name, cut);
}

static void make_bundle(const char *bundle)
{
    LW_AUTO(lw_image) frame = NULL;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(lw_image_new(&frame, LW_PIX_RGB8, COLUMNS * CELL_W, PEOPLE / COLUMNS * CELL_H) == LW_OK);
    lw_strbuf_puts(&b, "{\"version\":1,\"id\":\"c1\",\"lane\":\"L1\",\"direction\":\"outbound\","
                       "\"opened_utc\":\"2026-01-31T08:15:00.000Z\",\"cameras\":[{\"id\":\"front\","
                       "\"view\":\"windshield\",\"source\":\"front.jpg\"}],\"documents\":[");
    for (size_t i = 0; i < PEOPLE; i++) {
        paste_person(frame, i);
        write_portrait(bundle, i);
        lw_strbuf_printf(&b, "%s{\"id\":\"d%zu\",\"kind\":\"image\",\"portrait\":\"d%zu.jpg\"}",
                         i ? "," : "", i, i);
    }
    lw_strbuf_puts(&b, "]}");
    vehicle_write(bundle, "front.jpg", frame);
    temp_write(bundle, "crossing.json", lw_strbuf_peek(&b), b.n);
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void eight_people_are_all_verified(void **state)
{
    LW_UNUSED(state);
    NEED_PHOTOS();
    char bundle[32];
    struct run r;
    temp_make(bundle);
    make_bundle(bundle);
    run(&r, "cross", bundle, "--json", NULL);
    if (r.code != 0 || count(r.out, "\"decision\":\"verified\"") != PEOPLE)
        fail_msg("exit %d: %s%s", r.code, r.out, r.err);
    CHECK(count(r.out, "\"status\":\"matched\"") == PEOPLE);
    run_clear(&r);
    temp_remove(bundle);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(eight_people_are_all_verified)};
RUN_TESTS(tests)
