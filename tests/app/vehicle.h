/* tests/app/vehicle.h - a bundle with up to four people of sample photographs: their portraits are
 * cut out of what the camera sees, so that everybody is verified. */
#ifndef LW_TESTS_VEHICLE_H
#define LW_TESTS_VEHICLE_H

#include "run.h"
#include "store/entries.h"

#include "base/json.h"
#include "doc/mrz.h"
#include "img/codec.h"
#include "img/geom.h"

struct traveller {
    const char *id, *person_class;
    bool opted_out;
    const char *number; /* of the document; its issuer is UTO */
    int face;           /* 0..3 */
};

static inline void vehicle_mrz(struct lw_strbuf *b, const struct traveller *t)
{
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
    size_t n = 0;
    const struct lw_mrz_holder holder = {.document_code = "P",
                                         .issuing_state = "UTO",
                                         .surname = "ERIKSSON",
                                         .given_names = "ANNA MARIA",
                                         .document_number = t->number,
                                         .nationality = "UTO",
                                         .birth_date = "740812",
                                         .expiry_date = "330415",
                                         .sex = 'F'};
    CHECK(lw_mrz_make(lines, &n, LW_MRZ_TD3, &holder, NULL) == LW_OK && n == 2);
    lw_strbuf_printf(b, "\"mrz\":[\"%s\",\"%s\"]", lines[0], lines[1]);
}

static inline struct lw_image *vehicle_photo(const char *name)
{
    char path[512];
    struct lw_image *photo = NULL;
    snprintf(path, sizeof(path), "%s/%s", test_dir("LW_TEST_PHOTOS"), name);
    CHECK(lw_image_load(&photo, path, NULL, NULL) == LW_OK);
    return photo;
}

static inline void vehicle_write(const char *bundle, const char *name, const struct lw_image *im)
{
    uint8_t *jpeg = NULL;
    size_t n = 0;
    CHECK(lw_image_encode_jpeg(im, 95, &jpeg, &n, NULL) == LW_OK);
    temp_write(bundle, name, jpeg, n);
    free(jpeg);
}

/* Part of `from` at x, y as far as `to` is large. */
static inline void vehicle_paste(struct lw_image *to, int at, const struct lw_image *from, int x,
                                 int y, int w, int h)
{
    for (int row = 0; row < h; row++)
        memcpy(lw_image_row(to, row) + 3 * at, lw_image_crow(from, y + row) + 3 * x,
               (size_t)(3 * w));
}

static const struct {
    const char *photo;
    struct lw_rect box;
} vehicle_faces[4] = {{"sample3.jpg", {1043, 189, 265, 294}},
                      {"sample3.jpg", {588, 338, 203, 256}},
                      {"sample3.jpg", {1509, 282, 182, 283}},
                      {"sample6.jpg", {688, 373, 165, 263}}};

/* Three people of one photograph, and to the right of them one of another. */
static inline void vehicle_frame(const char *bundle)
{
    LW_AUTO(lw_image) three = vehicle_photo("sample3.jpg");
    LW_AUTO(lw_image) fourth = vehicle_photo("sample6.jpg");
    LW_AUTO(lw_image) frame = NULL;
    CHECK(lw_image_new(&frame, LW_PIX_RGB8, three->width + 500, three->height) == LW_OK);
    vehicle_paste(frame, 0, three, 0, 0, three->width, three->height);
    vehicle_paste(frame, three->width, fourth, 520, 0, 500, three->height);
    vehicle_write(bundle, "front.jpg", frame);
}

static inline void vehicle_portrait(const char *bundle, const struct traveller *t)
{
    const struct lw_rect *f = &vehicle_faces[t->face].box;
    char name[64];
    LW_AUTO(lw_image) photo = vehicle_photo(vehicle_faces[t->face].photo);
    LW_AUTO(lw_image) cut = NULL;
    const int w = (int)(1.8f * f->w), h = (int)(1.8f * f->h);
    CHECK(lw_image_new(&cut, LW_PIX_RGB8, w, h) == LW_OK);
    vehicle_paste(cut, 0, photo, (int)(f->x - 0.4f * f->w), (int)(f->y - 0.4f * f->h), w, h);
    snprintf(name, sizeof(name), "%s.jpg", t->id);
    vehicle_write(bundle, name, cut);
}

/* Make the folder `bundle` and fill it. */
static inline void make_vehicle(const char *bundle, const char *id, const struct traveller *t,
                                size_t n)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    CHECK(mkdir(bundle, 0777) == 0);
    vehicle_frame(bundle);
    lw_strbuf_printf(&b,
                     "{\"version\":1,\"id\":\"%s\",\"lane\":\"OUT-3\",\"direction\":\"outbound\","
                     "\"opened_utc\":\"2026-01-31T08:15:00.000Z\",\"cameras\":[{\"id\":\"front\","
                     "\"view\":\"windshield\",\"source\":\"front.jpg\"}],\"documents\":[",
                     id);
    for (size_t i = 0; i < n; i++) {
        vehicle_portrait(bundle, &t[i]);
        lw_strbuf_printf(&b,
                         "%s{\"id\":\"%s\",\"kind\":\"image\",\"portrait\":\"%s.jpg\","
                         "\"class\":\"%s\",\"opted_out\":%s,",
                         i ? "," : "", t[i].id, t[i].id, t[i].person_class,
                         t[i].opted_out ? "true" : "false");
        vehicle_mrz(&b, &t[i]);
        lw_strbuf_putc(&b, '}');
    }
    lw_strbuf_puts(&b, "]}");
    temp_write(bundle, "crossing.json", lw_strbuf_peek(&b), b.n);
}

/* A place for a store, and beside it a folder for bundles. */
struct yard {
    struct place *place;
    char bundles[64];
};

static inline int make_yard(void **state)
{
    struct yard *y = calloc(1, sizeof(*y));
    if (!y || make_place((void **)&y->place) < 0)
        return -1;
    temp_make(y->bundles);
    *state = y;
    return 0;
}

static inline int remove_yard(void **state)
{
    struct yard *y = *state;
    temp_remove(y->bundles);
    remove_place((void **)&y->place);
    free(y);
    return 0;
}

#define YARD_TEST(f) cmocka_unit_test_setup_teardown(f, make_yard, remove_yard)

#endif
