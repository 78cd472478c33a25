#include "app/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cross/policy.h"

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

int lw_app_read_policy(const char *policy, uint8_t **text, size_t *n, struct lw_why *why)
{
    char path[PATH];
    const char *name = policy ? policy : "default";
    if (lw_id_valid(name) && !strstr(name, ".json"))
        shipped_path(path, name);
    else
        snprintf(path, sizeof(path), "%s", name);
    int r = lw_file_read(path, LW_POLICY_BYTES_MAX, text, n, why);
    if (r < 0)
        lw_why_prefix(why, "policy %s", path);
    return r;
}
