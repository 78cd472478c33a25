#include "vehicle.h"

static const struct traveller three[] = {{"d1", "citizen", false, "A00000001", 0},
                                         {"d2", "noncitizen", true, "A00000002", 1},
                                         {"d3", "citizen", false, "A00000003", 2}};

/* d3 is presented with the portrait of somebody who is not in the vehicle. */
static void make_bundle(const struct yard *y, char bundle[96])
{
    snprintf(bundle, 96, "%s/v", y->bundles);
    make_vehicle(bundle, "v", three, LW_COUNT(three));
    LW_AUTO(lw_image) photo = vehicle_photo("sample6.jpg");
    LW_AUTO(lw_image) cut = NULL;
    CHECK(lw_image_new(&cut, LW_PIX_RGB8, 380, 500) == LW_OK);
    vehicle_paste(cut, 0, photo, 1390, 170, 380, 500);
    vehicle_write(bundle, "d3.jpg", cut);
}

static void is_valid(const char *receipt, const char *key, const char *document, int code,
                     const char *words)
{
    struct run r;
    run(&r, "receipt", "verify", receipt, "--key", key, "--document", document, NULL);
    if (r.code != code || !strstr(r.out, words))
        print_message("%d %s%s", r.code, r.out, r.err);
    CHECK(r.code == code && strstr(r.out, words) && one_line(r.out) && !*r.err);
    run_clear(&r);
}

static void travellers_get_receipts_that_anybody_can_verify(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96], dir[96], keys[128], pub[128], one[128], two[128];
    struct run r;
    make_bundle(y, bundle);
    snprintf(dir, sizeof(dir), "%s/receipts", y->bundles);
    snprintf(keys, sizeof(keys), "%s.keys", y->place->store);
    snprintf(pub, sizeof(pub), "%s/published.hex", y->bundles);
    snprintf(one, sizeof(one), "%s/v-d1.json", dir);
    snprintf(two, sizeof(two), "%s/v-d2.json", dir);
    run(&r, "cross", bundle, "--store", y->place->store, "--receipts", dir, "--place",
        "Port of Example", NULL);
    CHECK(r.code == 1 && !*r.err);
    run_clear(&r);
    CHECK(temp_count(dir) == 6); /* of d1 and d2; whose d3 is nobody knows */
    run(&r, "receipt", "key", keys, "--out", pub, NULL);
    CHECK(r.code == 0 && !*r.out);
    run_clear(&r);
    is_valid(one, pub, "UTO/A00000001", 0,
             ": valid: outbound at Port of Example, 2026-01-31T08:15:00.000Z, the holder was "
             "verified, chip not proven; signed with ");
    is_valid(one, pub, "UTO/A00000002", 1, ": not valid: is about another document");
    is_valid(two, pub, "UTO/A00000002", 0, "the holder was referred to an officer");
    CHECK(ask(y->place, "SELECT count(*) FROM audit WHERE action = 'receipt' AND subject ="
                        " (SELECT id FROM record)") == 2);
    run(&r, "receipt", "verify", one, "--json", NULL);
    CHECK(r.code == 0 && strstr(r.out, "\"valid\":true,\"reason\":null,\"place\":\"Port of "));
    CHECK(strstr(r.out, "\"key_known\":false}"));
    run_clear(&r);
}

static void a_code_holds_the_text_of_the_file(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96], dir[96], keys[96], command[512];
    struct run r;
    if (system("command -v zbarimg >/dev/null 2>&1") != 0) {
        snprintf(test_skip_reason, sizeof(test_skip_reason), "zbarimg is absent");
        skip();
    }
    make_bundle(y, bundle);
    snprintf(dir, sizeof(dir), "%s/receipts", y->bundles);
    snprintf(keys, sizeof(keys), "%s/r.keys", y->bundles);
    run(&r, "receipt", "key", "--make", keys, NULL);
    CHECK(r.code == 0 && one_line(r.out) && strlen(r.out) == 65);
    run_clear(&r);
    run(&r, "cross", bundle, "--keys", keys, "--receipts", dir, NULL); /* without a store */
    CHECK(r.code == 1);
    run_clear(&r);
    snprintf(command, sizeof(command),
             "zbarimg -q --raw '%s/v-d1.png' 2>/dev/null | cmp -s - '%s/v-d1.json'", dir, dir);
    CHECK(system(command) == 0);
}

static void what_is_changed_or_no_receipt_is_said_to_be(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96], dir[96], one[128];
    struct run r;
    uint8_t *text = NULL;
    size_t n = 0;
    make_bundle(y, bundle);
    snprintf(dir, sizeof(dir), "%s/receipts", y->bundles);
    snprintf(one, sizeof(one), "%s/v-d1.json", dir);
    run(&r, "cross", bundle, "--store", y->place->store, "--receipts", dir, NULL);
    run_clear(&r);
    CHECK(lw_file_read(one, 4096, &text, &n, NULL) == LW_OK);
    memcpy(strstr((char *)text, "outbound"), "inbound\"", 8);
    temp_write(dir, "v-d1.json", text, n);
    run(&r, "receipt", "verify", one, NULL);
    CHECK(r.code == 1 && one_line(r.out) && strstr(r.out, "not valid: was changed or cut"));
    run_clear(&r);
    temp_write(dir, "v-d1.json", text, n / 2);
    run(&r, "receipt", "verify", one, NULL);
    CHECK(r.code == 1 && one_line(r.out));
    run_clear(&r);
    free(text);
    temp_write(dir, "v-d1.json", "{}\n", 3);
    run(&r, "receipt", "verify", one, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/v-d1.json: is no receipt"));
    run_clear(&r);
}

static void receipts_need_a_key_and_a_good_place(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96], dir[96];
    struct run r;
    make_bundle(y, bundle);
    snprintf(dir, sizeof(dir), "%s/receipts", y->bundles);
    run(&r, "cross", bundle, "--receipts", dir, NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--receipts needs --store or --keys"));
    run_clear(&r);
    run(&r, "cross", bundle, "--receipts", dir, "--keys", "/nowhere/x.keys", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "/nowhere/x.keys: "));
    run_clear(&r);
    run(&r, "cross", bundle, "--receipts", dir, "--store", y->place->store, "--place", "", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--place has 1 to 80 bytes"));
    CHECK(access(y->place->store, F_OK) != 0);
    run_clear(&r);
    CHECK(access(dir, F_OK) != 0);
    run(&r, "receipt", "verify", bundle, NULL);
    CHECK(r.code == 2 && one_line(r.err));
    run_clear(&r);
    run(&r, "receipt", "verify", "x", "--document", "UTO-1", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--document is not STATE/NUMBER"));
    run_clear(&r);
    run(&r, "receipt", "verify", "x", "--key", "/nowhere/pub", NULL);
    CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "--key /nowhere/pub: "));
    run_clear(&r);
}

/* --- the page, in a browser --- */

static void page_says(const struct yard *y, const char *page, const char *text, const char *key,
                      const char *number, const char *state_word, const char *words)
{
    static const char hex[] = "0123456789ABCDEF";
    char command[8192] = "";
    char escaped[4096] = "";
    char *at = escaped;
    for (const char *c = text; *c && *c != '\n' && at < escaped + sizeof(escaped) - 4; c++) {
        *at++ = '%';
        *at++ = hex[(unsigned char)*c >> 4];
        *at++ = hex[*c & 15];
    }
    *at = '\0';
    snprintf(command, sizeof(command),
             "chromium --headless --no-sandbox --disable-gpu --user-data-dir='%s/profile'"
             " --timeout=20000 --dump-dom 'file://%s#text=%s&key=%s&state=%s&number=%s'"
             " > '%s/dom.html' 2>/dev/null",
             y->bundles, page, escaped, key, *number ? "UTO" : "", number, y->bundles);
    char path[96], tag[64];
    uint8_t *dom = NULL;
    size_t n = 0;
    snprintf(path, sizeof(path), "%s/dom.html", y->bundles);
    snprintf(tag, sizeof(tag), "data-state=\"%s\"", state_word);
    /* The browser may print the page before its cryptography has answered: then look again. */
    for (int i = 0; i < 30 && !(dom && strstr((char *)dom, tag) && strstr((char *)dom, words));
         i++) {
        free(dom);
        CHECK(system(command) == 0);
        CHECK(lw_file_read(path, LW_MIB, &dom, &n, NULL) == LW_OK);
    }
    if (!strstr((char *)dom, tag) || !strstr((char *)dom, words))
        print_message("# no %s with \"%s\"\n", tag, words);
    CHECK(strstr((char *)dom, tag) && strstr((char *)dom, words));
    free(dom);
}

static void the_page_verifies_receipts_in_a_browser(void **state)
{
    NEED_PHOTOS();
    const struct yard *y = *state;
    char bundle[96], dir[96], keys[128], one[128], page[4096], key[80];
    struct run r;
    uint8_t *text = NULL, *html = NULL;
    size_t n = 0;
    if (system("command -v chromium >/dev/null 2>&1") != 0) {
        snprintf(test_skip_reason, sizeof(test_skip_reason), "chromium is absent");
        skip();
    }
    make_bundle(y, bundle);
    snprintf(dir, sizeof(dir), "%s/receipts", y->bundles);
    snprintf(one, sizeof(one), "%s/v-d1.json", dir);
    snprintf(keys, sizeof(keys), "%s.keys", y->place->store);
    CHECK(getcwd(page, sizeof(page) - 32));
    strcat(page, "/web/receipt.html");
    run(&r, "cross", bundle, "--store", y->place->store, "--receipts", dir, NULL);
    run_clear(&r);
    run(&r, "receipt", "key", keys, NULL);
    snprintf(key, sizeof(key), "%.64s", r.out);
    run_clear(&r);
    CHECK(lw_file_read(one, 4096, &text, &n, NULL) == LW_OK);
    const char *receipt = (const char *)text;
    page_says(y, page, receipt, key, "A00000001", "good", "signed with the key that you gave");
    page_says(y, page, receipt, "", "", "good", "Compare the key below");
    page_says(y, page, receipt, key, "A00000009", "bad", "It is about another document.");
    key[0] = key[0] == '0' ? '1' : '0';
    page_says(y, page, receipt, key, "", "bad", "signed with another key");
    memcpy(strstr((char *)text, "OUT-3"), "OUT-4", 5);
    page_says(y, page, receipt, "", "", "bad", "It was changed after it was signed.");
    page_says(y, page, "{}", "", "", "unable", "That is no Lanewise receipt.");
    /* The same page where the browser does not know Ed25519. */
    CHECK(lw_file_read("web/receipt.html", LW_MIB, &html, &n, NULL) == LW_OK);
    for (char *at = (char *)html; (at = strstr(at, "\"Ed25519\"")); at++)
        memcpy(at, "\"Ed00000\"", 9);
    temp_write(y->bundles, "old.html", html, n);
    snprintf(page, sizeof(page), "%s/old.html", y->bundles);
    page_says(y, page, receipt, "", "", "unable", "This browser cannot check Ed25519 signatures.");
    free(html);
    free(text);
}

static void the_page_asks_the_network_for_nothing(void **state)
{
    LW_UNUSED(state);
    uint8_t *html = NULL;
    size_t n = 0;
    CHECK(lw_file_read("web/receipt.html", LW_MIB, &html, &n, NULL) == LW_OK);
    CHECK(!strstr((char *)html, "://") && !strstr((char *)html, "src=") &&
          !strstr((char *)html, "fetch(") && strstr((char *)html, "default-src 'none'"));
    free(html);
}

static const struct CMUnitTest tests[] = {
    YARD_TEST(travellers_get_receipts_that_anybody_can_verify),
    YARD_TEST(a_code_holds_the_text_of_the_file),
    YARD_TEST(what_is_changed_or_no_receipt_is_said_to_be),
    YARD_TEST(receipts_need_a_key_and_a_good_place),
    YARD_TEST(the_page_verifies_receipts_in_a_browser),
    YARD_TEST(the_page_asks_the_network_for_nothing),
};
RUN_TESTS(tests)
