/* The page and the table of a crossing that is put together here: people drawn as discs.
 * LW_KEEP_PAGE=FILE keeps the page, to be looked at. */
#include "check.h"

#include "app/answer.h"
#include "app/page.h"
#include "base/clock.h"
#include "base/file.h"

enum { FRAME_W = 1600, FRAME_H = 760, PORTRAIT_W = 360, PORTRAIT_H = 460 };

struct look {
    uint8_t skin[3], hair[3], shirt[3];
};
static const struct look looks[] = {
    {{232, 190, 160}, {62, 40, 30}, {40, 90, 150}},
    {{150, 100, 70}, {25, 20, 20}, {170, 60, 50}},
    {{205, 155, 120}, {120, 80, 40}, {70, 120, 80}},
    {{240, 205, 180}, {180, 150, 90}, {110, 80, 140}},
};

static void fill(struct lw_image *im, const uint8_t color[3], float cx, float cy, float rx,
                 float ry)
{
    for (int y = lw_maxi(0, (int)(cy - ry)); y < lw_mini(im->height, (int)(cy + ry) + 1); y++)
        for (int x = lw_maxi(0, (int)(cx - rx)); x < lw_mini(im->width, (int)(cx + rx) + 1); x++) {
            float dx = ((float)x - cx) / rx, dy = ((float)y - cy) / ry;
            if (dx * dx + dy * dy <= 1.0f)
                memcpy(lw_image_row(im, y) + 3 * x, color, 3);
        }
}

/* Somebody whose face is h pixels high, about (cx, cy). */
static void draw_person(struct lw_image *im, const struct look *l, float cx, float cy, float h)
{
    static const uint8_t white[3] = {250, 250, 250}, dark[3] = {40, 35, 40},
                         lips[3] = {160, 70, 70};
    fill(im, l->shirt, cx, cy + 1.35f * h, 0.95f * h, 0.75f * h);
    fill(im, l->hair, cx, cy - 0.12f * h, 0.46f * h, 0.56f * h);
    fill(im, l->skin, cx, cy + 0.45f * h, 0.16f * h, 0.3f * h);
    fill(im, l->skin, cx, cy + 0.02f * h, 0.37f * h, 0.5f * h);
    for (int side = -1; side <= 1; side += 2) {
        fill(im, white, cx + 0.15f * h * (float)side, cy - 0.04f * h, 0.075f * h, 0.045f * h);
        fill(im, dark, cx + 0.15f * h * (float)side, cy - 0.04f * h, 0.035f * h, 0.04f * h);
        fill(im, l->hair, cx + 0.15f * h * (float)side, cy - 0.14f * h, 0.09f * h, 0.018f * h);
    }
    fill(im, lips, cx, cy + 0.27f * h, 0.12f * h, 0.03f * h);
}

static struct lw_image *backdrop(int w, int h, int top, int bottom)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, w, h) == LW_OK);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < 3 * w; x++)
            lw_image_row(im, y)[x] = (uint8_t)(top + (bottom - top) * y / h +
                                               (x % 3 == 2 ? 12 : 0) + (7 * x + 3 * y) % 5);
    return im;
}

static struct lw_image *portrait(const struct look *l)
{
    struct lw_image *im = backdrop(PORTRAIT_W, PORTRAIT_H, 205, 225);
    draw_person(im, l, PORTRAIT_W / 2.0f, PORTRAIT_H * 0.42f, PORTRAIT_H * 0.5f);
    return im;
}

/* Two head-rests, a wheel and a bonnet. */
static void draw_cabin(struct lw_image *im)
{
    static const uint8_t seat[3] = {70, 72, 84}, bonnet[3] = {120, 126, 138},
                         wheel[3] = {20, 20, 24};
    for (int side = -1; side <= 1; side += 2)
        fill(im, seat, FRAME_W / 2.0f + 360.0f * (float)side, 520, 230, 330);
    fill(im, bonnet, FRAME_W / 2.0f, FRAME_H + 260.0f, 1100, 330);
    fill(im, wheel, 1160, FRAME_H - 10.0f, 190, 90);
}

static void add_person(struct lw_crossing_result *r, struct lw_image *frame, const char *seat,
                       int document, float score, float x, float y)
{
    const float h = document < 0 ? 210 : 280;
    size_t i = r->outcome.n_occupants++;
    struct lw_occupant *o = &r->outcome.occupants[i];
    size_t b = r->pictures.n_boxes[0]++;
    draw_person(frame, &looks[i], x, y, h);
    snprintf(o->seat, sizeof(o->seat), "%s", seat);
    o->document = document;
    o->decision = document >= 0 ? LW_VERIFIED : LW_REFERRAL;
    o->has_score = score > 0;
    o->score = score;
    o->captured = true;
    o->frames_seen = 40;
    o->cameras = 1;
    r->pictures.boxes[0][b].occupant = (int)i;
    r->pictures.boxes[0][b].box = (struct lw_rect){x - h * 0.4f, y - h * 0.55f, h * 0.8f, h * 1.1f};
}

static void add_shots(struct lw_crossing_result *r, size_t i, size_t n)
{
    struct lw_occupant *o = &r->outcome.occupants[i];
    o->n_shots = n;
    for (size_t k = 0; k < n; k++) {
        o->shots[k] = (struct lw_best_shot){.camera = 0,
                                            .frame = 12 + 9 * (int64_t)k,
                                            .box = {10, 10, 150, 200},
                                            .inter_eye_px = 58.0f - (float)k,
                                            .quality = 81.0f - 6.0f * (float)k};
        r->pictures.shots[i][k] = backdrop(200, 250, 60 + 8 * (int)k, 80);
        draw_person(r->pictures.shots[i][k], &looks[i], 100.0f + 4.0f * (float)k, 115, 150);
    }
}

static void add_document(struct lw_crossing_result *r, const char *id, enum lw_person_class class,
                         enum lw_document_status status)
{
    struct lw_bundle_document *d = &r->bundle.documents[r->bundle.n_documents];
    snprintf(d->id, sizeof(d->id), "%s", id);
    d->person_class = class;
    d->opted_out = status == LW_DOC_OPTED_OUT;
    r->outcome.documents[r->bundle.n_documents++].status = status;
    r->outcome.n_documents = r->bundle.n_documents;
}

static void describe_bundle(struct lw_bundle *b)
{
    snprintf(b->id, sizeof(b->id), "01KG9Z3M4Q8R7T2V5W6X0Y1A2B");
    snprintf(b->lane, sizeof(b->lane), "OUT-3");
    b->direction = LW_OUTBOUND;
    CHECK(lw_time_parse("2026-01-31T08:15:00.000Z", &b->opened_utc_us) == LW_OK);
    b->synthetic = true;
    b->n_cameras = 2;
    snprintf(b->cameras[0].id, sizeof(b->cameras[0].id), "front");
    snprintf(b->cameras[1].id, sizeof(b->cameras[1].id), "left");
    b->cameras[1].view = LW_VIEW_LEFT_SIDE;
}

/* Two verified, one who matches nothing, one who opted out; a finding, a fault of camera "left". */
static struct lw_crossing_result *crossing(void)
{
    struct lw_crossing_result *r = calloc(1, sizeof(*r));
    CHECK(r != NULL);
    struct lw_outcome *o = &r->outcome;
    describe_bundle(&r->bundle);
    struct lw_image *frame = backdrop(FRAME_W, FRAME_H, 46, 30);
    r->pictures.frames[0] = frame;
    r->pictures.frame_index[0] = 21;
    draw_cabin(frame);
    add_person(r, frame, "1L", 0, 0.614f, 1160, 420);
    add_person(r, frame, "1R", 1, 0.552f, 440, 430);
    add_person(r, frame, "2C", -1, 0.118f, 800, 330);
    o->occupants[2].reasons = 1u << LW_REASON_MISMATCH;
    add_shots(r, 0, 3);
    add_shots(r, 1, 2);
    add_shots(r, 2, 2);
    o->occupants[o->n_occupants++] = (struct lw_occupant){
        .document = -1, .seat = "2R", .reasons = 1u << LW_REASON_OPTED_OUT, .frames_seen = 30};
    add_document(r, "d1", LW_CLASS_CITIZEN, LW_DOC_MATCHED);
    add_document(r, "d2", LW_CLASS_NONCITIZEN, LW_DOC_MATCHED);
    add_document(r, "d3", LW_CLASS_RESIDENT, LW_DOC_MISMATCH);
    add_document(r, "d4", LW_CLASS_CITIZEN, LW_DOC_OPTED_OUT);
    snprintf(o->documents[1].findings[o->documents[1].n_findings++], LW_FINDING_TEXT,
             "mrz:composite:check_digit");
    for (size_t i = 0; i < 3; i++)
        r->pictures.portraits[i] = portrait(&looks[i == 2 ? 3 : i]);
    o->camera_faults[o->n_camera_faults++] =
        (struct lw_camera_fault){.camera = 1, .fault = "<b>ends</b> after 12 of 90 frames"};
    snprintf(o->model, sizeof(o->model), "fr_feature");
    o->fmr = 0.0001;
    o->threshold = 0.412f;
    o->tracks = 4;
    r->timing = (struct lw_crossing_timing){812, 240, 310, 190, 41};
    return r;
}

static void clear(struct lw_crossing_result *r)
{
    for (size_t i = 0; i < LW_BUNDLE_CAMERAS_MAX; i++)
        lw_image_unref(&r->pictures.frames[i]);
    for (size_t i = 0; i < LW_BUNDLE_DOCUMENTS_MAX; i++)
        lw_image_unref(&r->pictures.portraits[i]);
    for (size_t i = 0; i < LW_OCCUPANTS_MAX; i++)
        for (size_t k = 0; k < LW_BEST_SHOTS_MAX; k++)
            lw_image_unref(&r->pictures.shots[i][k]);
    free(r);
}

/* The text of a page about r; yours to free. */
static char *page_with(const struct lw_crossing_result *r, const char *note,
                       const struct lw_matcher *m)
{
    char path[] = "/tmp/lw_test_page_XXXXXX";
    LW_AUTO(lw_page) p = NULL;
    uint8_t *html = NULL;
    size_t n = 0;
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
    CHECK(lw_page_new(&p, &(struct lw_page_opts){.title = "Crossings", .note = note}) == LW_OK);
    CHECK(lw_page_add(p, r, m) == LW_OK);
    CHECK(lw_page_write(p, path, NULL) == LW_OK);
    CHECK(lw_file_read(path, 64 * LW_MIB, &html, &n, NULL) == LW_OK);
    unlink(path);
    CHECK(strlen((char *)html) == n);
    return (char *)html;
}

static char *page_of(const struct lw_crossing_result *r, const char *note)
{
    return page_with(r, note, NULL);
}

/* For whoever wants to look at it. */
static void keep(const char *html)
{
    const char *path = getenv("LW_KEEP_PAGE");
    if (path)
        CHECK(lw_file_write(path, (struct lw_span){(const uint8_t *)html, strlen(html)}, NULL) ==
              LW_OK);
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *s = strstr(text, what); s; s = strstr(s + 1, what))
        n++;
    return n;
}

static void the_page_names_each_occupant_document_reason_and_fault(void **state)
{
    LW_UNUSED(state);
    struct lw_crossing_result *r = crossing();
    char *html = page_of(r, "Drawn people.");
    CHECK(strstr(html, "<p class=\"note\">Drawn people.</p>"));
    CHECK(strstr(html, ">1L</td>") && strstr(html, ">1R</td>") && strstr(html, ">2C</td>"));
    CHECK(strstr(html, ">0.614</td>") && strstr(html, ">0.118</td>"));
    CHECK(strstr(html, "<b>mismatch</b>") && strstr(html, "<b>opted_out</b>"));
    CHECK(strstr(html, lw_reason_advice(LW_REASON_OPTED_OUT)));
    CHECK(strstr(html, "mrz:composite:check_digit"));
    CHECK(strstr(html, ">synthetic</span>"));
    CHECK(strstr(html, "lane OUT-3") && strstr(html, "2026-01-31T08:15:00.000Z"));
    CHECK(strstr(html, "<b>1</b>vehicles") && strstr(html, "<b>2</b>of them verified"));
    free(html);
    clear(r);
}

static void the_page_carries_its_pictures_and_fetches_nothing(void **state)
{
    LW_UNUSED(state);
    struct lw_crossing_result *r = crossing();
    char *html = page_of(r, NULL);
    /* One frame, portraits of two documents that were matched and one that was not, 3 + 2 + 2
     * shots. */
    CHECK(times(html, "data:image/jpeg;base64,") == 1 + 3 + 7);
    CHECK(times(html, "href=\"") + times(html, "src=\"") == 11);
    CHECK(times(html, "http:") + times(html, "https:") + times(html, "<script") == 0);
    CHECK(times(html, "class=\"box good\"") == 2 && times(html, "class=\"box refer\"") == 1);
    CHECK(times(html, "class=\"note\"") == 0);
    free(html);
    clear(r);
}

static void text_from_outside_is_escaped(void **state)
{
    LW_UNUSED(state);
    struct lw_crossing_result *r = crossing();
    char *html = page_of(r, "a<i>b");
    CHECK(strstr(html, "&lt;b&gt;ends&lt;/b&gt; after 12 of 90 frames"));
    CHECK(strstr(html, "a&lt;i&gt;b") && !strstr(html, "<i>"));
    free(html);
    clear(r);
}

static void of_an_opted_out_occupant_there_is_no_picture(void **state)
{
    LW_UNUSED(state);
    struct lw_crossing_result *r = crossing();
    char *html = page_of(r, NULL);
    const char *person = strstr(html, "<p>Seat 2R ");
    CHECK(person != NULL);
    const char *next = strstr(person, "<p>Document d3 ");
    CHECK(next != NULL && strstr(person, "no picture kept") < next);
    CHECK(strstr(person, "data:image") > next); /* the next one is of the document that follows */
    CHECK(!strstr(html, "<p>Document d4 "));
    free(html);
    clear(r);
}

static void an_empty_vehicle_is_said_to_be_empty(void **state)
{
    LW_UNUSED(state);
    struct lw_crossing_result *r = calloc(1, sizeof(*r));
    CHECK(r != NULL);
    describe_bundle(&r->bundle);
    char *html = page_of(r, NULL);
    CHECK(strstr(html, "Nobody was seen"));
    CHECK(!strstr(html, "<table>"));
    free(html);
    clear(r);
}

static void a_page_that_cannot_be_written_is_a_fault(void **state)
{
    LW_UNUSED(state);
    struct lw_why why;
    LW_AUTO(lw_page) p = NULL;
    CHECK(lw_page_new(&p, &(struct lw_page_opts){.title = "x"}) == LW_OK);
    CHECK(lw_page_write(p, "/nowhere/at/all/page.html", &why) < 0);
    CHECK(why.text[0]);
}

static void the_table_has_a_line_for_each_occupant(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_crossing_result *r = crossing();
    lw_table_print(&b, r, NULL);
    const char *text = lw_strbuf_peek(&b);
    CHECK(strstr(text, "REFERRAL  lane OUT-3  outbound  2026-01-31T08:15:00.000Z  synthetic\n"));
    CHECK(strstr(text, "\n  1L    d1           0.614           -  verified\n"));
    CHECK(strstr(text, "\n  2C    -            0.118           -  referral  mismatch: "));
    CHECK(strstr(text, "\n  2R    -                -           -  referral  opted_out: "));
    CHECK(strstr(text, "\n  document d2: matched, mrz:composite:check_digit\n"));
    CHECK(strstr(text, "\n  document d3: mismatch: Compare ") && !strstr(text, "document d1:"));
    CHECK(strstr(text, "\n  camera left: <b>ends</b> after 12 of 90 frames\n"));
    clear(r);
}

static void the_answer_says_synthetic_of_synthetic_crossings_alone(void **state)
{
    LW_UNUSED(state);
    struct lw_strbuf b = LW_STRBUF_INIT;
    struct lw_crossing_result *r = crossing();
    lw_answer_print(&b, r);
    CHECK(strstr(lw_strbuf_peek(&b), ",\"synthetic\":true,\"outcome\":\"referral\""));
    lw_strbuf_clear(&b);
    r->bundle.synthetic = false;
    lw_answer_print(&b, r);
    CHECK(!strstr(lw_strbuf_peek(&b), "synthetic"));
    lw_strbuf_clear(&b);
    clear(r);
}

static void hints_stand_behind_the_reason(void **state)
{
    LW_UNUSED(state);
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    struct lw_crossing_result *r = crossing();
    r->outcome.occupants[2].hints = 1u << LW_REASON_GLARE;
    lw_table_print(&b, r, NULL);
    CHECK(strstr(lw_strbuf_peek(&b), "  mismatch: Compare the person with the open document "
                                     "yourself. Also glare: Ask for the window to be opened.\n"));
    char *html = page_with(r, NULL, NULL);
    CHECK(strstr(html, "<b>glare</b>") && strstr(html, "Ask for the window"));
    free(html);
    clear(r);
}

static void false_match_rates_are_those_of_the_matcher(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(cards, "LW_TEST_CARDS")
    NEED_DIR(models, "LW_TEST_MODELS")
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_matcher) m = NULL;
    struct lw_crossing_result *r = crossing();
    CHECK(lw_matcher_open(&m, &(struct lw_matcher_opts){.cards_dir = cards, .models_dir = models},
                          NULL) == LW_OK);
    CHECK(lw_matcher_threshold_at(m, LW_COMPARED_FUSED, 0.001, &r->outcome.occupants[0].score,
                                  NULL) == LW_OK);
    r->outcome.occupants[1].score = 0.999f; /* beyond what was measured */
    lw_table_print(&b, r, m);
    CHECK(strstr(lw_strbuf_peek(&b), "  0.1 %  verified\n"));
    CHECK(strstr(lw_strbuf_peek(&b), "  0.999   \xE2\x89\xA4 "));
    char *html = page_with(r, NULL, m);
    CHECK(strstr(html, ">0.1 %</td>") && strstr(html, ">\xE2\x89\xA4 "));
    free(html);
    r->outcome.occupants[0].score = 0.614f;
    r->outcome.occupants[1].score = 0.452f;
    html = page_with(r, "Drawn people: this is what a page of crossings looks like.", m);
    keep(html);
    free(html);
    clear(r);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_page_names_each_occupant_document_reason_and_fault),
    cmocka_unit_test(the_page_carries_its_pictures_and_fetches_nothing),
    cmocka_unit_test(text_from_outside_is_escaped),
    cmocka_unit_test(of_an_opted_out_occupant_there_is_no_picture),
    cmocka_unit_test(an_empty_vehicle_is_said_to_be_empty),
    cmocka_unit_test(a_page_that_cannot_be_written_is_a_fault),
    cmocka_unit_test(the_table_has_a_line_for_each_occupant),
    cmocka_unit_test(the_answer_says_synthetic_of_synthetic_crossings_alone),
    cmocka_unit_test(hints_stand_behind_the_reason),
    cmocka_unit_test(false_match_rates_are_those_of_the_matcher),
};
RUN_TESTS(tests)
