#include "app/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

enum { PATH = 4096 };

/* PREFIX/share/lanewise/policies of the PREFIX/bin that this program lies in. */
static bool installed_folder(char out[PATH])
{
    char exe[PATH - 64];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    exe[n > 0 ? n : 0] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(exe, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    snprintf(out, PATH, "%s/share/lanewise/policies", exe);
    return access(out, R_OK) == 0;
}

static void shipped_path(char out[PATH], const char *name)
{
    char dir[PATH];
    const char *env = getenv("LANEWISE_POLICIES");
    if (env && *env)
        snprintf(out, PATH, "%.3900s/%.100s.json", env, name);
    else if (installed_folder(dir))
        snprintf(out, PATH, "%.3900s/%.100s.json", dir, name);
    else
        snprintf(out, PATH, "%s/%.100s.json", LW_POLICIES_DIR, name);
}

static void find_path(char out[PATH], const char *policy)
{
    const char *name = policy ? policy : "default";
    if (lw_id_valid(name) && !strstr(name, ".json"))
        shipped_path(out, name);
    else
        snprintf(out, PATH, "%s", name);
}

int lw_app_read_policy(const char *policy, uint8_t **text, size_t *n, struct lw_why *why)
{
    char path[PATH];
    find_path(path, policy);
    int r = lw_file_read(path, LW_POLICY_BYTES_MAX, text, n, why);
    if (r < 0)
        lw_why_prefix(why, "policy %s", path);
    return r;
}

int lw_app_open_policy(struct lw_app_policy *out, const char *policy, struct lw_why *why)
{
    struct lw_app_policy p = {.text = NULL};
    char path[PATH];
    int r = lw_app_read_policy(policy, &p.text, &p.n, why);
    if (r < 0)
        return r;
    r = lw_policy_parse(&p.rules, (struct lw_span){.data = p.text, .n = p.n}, why);
    if (r < 0) {
        find_path(path, policy);
        lw_why_prefix(why, "policy %s", path);
        lw_app_policy_clear(&p);
        return r;
    }
    *out = p;
    return LW_OK;
}

void lw_app_policy_clear(struct lw_app_policy *p)
{
    free(p->text);
    p->text = NULL;
}

int lw_app_policy_require(struct lw_app_policy *p, const char *preset, struct lw_why *why)
{
    struct lw_requirement_set *set = &p->rules.requirements;
    char names[LW_WHY_TEXT] = "";
    const int at = lw_requirements_find(set, preset);
    if (at >= 0) {
        set->in_effect = (size_t)at;
        return LW_OK;
    }
    for (size_t i = 0; i < set->n; i++)
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ", " : "",
                 set->v[i].name);
    return lw_why_set(why, LW_ENOTFOUND, -1, "--requirements %.60s: the policy has %.80s", preset,
                      names);
}
