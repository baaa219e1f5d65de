// The files by which programs find their name servers, as the namespace needs them, and the sockets of look-up daemons out of sight.
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// "search .": without it glibc would complete names with the domain of the host name
static const char resolv_conf[] = "# socks5egress exec: names are looked up by the gateway\nnameserver " STUB_ADDRESS "\nsearch .\noptions timeout:5 attempts:2\n";

static const char resolved[] = "/run/systemd/resolve";

// A daemon behind one of these would ask the host's name servers for the command, or start processes on the host for it
static const char *const hidden[] = {"/run/nscd", "/var/run/nscd", "/run/avahi-daemon", "/run/dbus", resolved};

static void write_new(const char *folder, const char *name, const char *text, size_t length)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return;
    if (write(file, text, length) != (ssize_t)length) unlink(path);
    fchmod(file, 0644);
    close(file);
}

static bool cover(const char *folder)
{
    struct stat status;
    return stat(folder, &status) == 0 && S_ISDIR(status.st_mode)
        && mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=256k") == 0;
}

static bool is_kept(const char *source)
{
    return strcmp(source, "files") == 0 || strcmp(source, "myhostname") == 0 || strcmp(source, "dns") == 0;
}

// "hosts:" with the sources that ask nobody outside, and the stub at the end. An action belongs to the source before it.
static size_t write_hosts_line(const char *line, size_t length, char *output, size_t room)
{
    char words[1024], *rest = NULL;
    bool kept = true, has_dns = false;
    if (length >= sizeof words) length = sizeof words - 1;
    memcpy(words, line, length);
    words[length] = 0;
    words[strcspn(words, "#")] = 0;
    size_t used = (size_t)snprintf(output, room, "hosts:");
    for (char *word = strtok_r(words, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (word[0] != '[') kept = is_kept(word);
        if (!kept) continue;
        has_dns |= strcmp(word, "dns") == 0;
        used += (size_t)snprintf(output + used, room - used, " %s", word);
    }
    return used + (size_t)snprintf(output + used, room - used, has_dns ? "\n" : " dns\n");
}

static size_t write_nsswitch(char *output, size_t room)
{
    static char text[32768];
    FILE *file = fopen("/etc/nsswitch.conf", "re");
    if (!file) return 0;
    size_t length = fread(text, 1, sizeof text - 1, file), used = 0;
    fclose(file);
    text[length] = 0;
    for (char *line = text; *line && room - used > 2048;) {
        size_t size = strcspn(line, "\n");
        char *begin = line + strspn(line, " \t");
        if (strncmp(begin, "hosts:", 6) == 0)
            used += write_hosts_line(begin + 6, size - (size_t)(begin + 6 - line), output + used, room - used);
        else if (size < room - used - 2048)
            used += (size_t)snprintf(output + used, room - used, "%.*s\n", (int)size, line);
        line += size + (line[size] == '\n');
    }
    return used;
}

static void bind_over(const char *scratch, const char *name, int target)
{
    char source[PATH_MAX], path[64];
    snprintf(source, sizeof source, "%s/%s", scratch, name);
    snprintf(path, sizeof path, "/proc/self/fd/%d", target);
    mount(source, path, NULL, MS_BIND, NULL);
}

void replace_files(void)
{
    static char nsswitch[49152];
    static const char *const places[] = {"/tmp", "/run", "/mnt", "/var", "/dev"};
    size_t length = write_nsswitch(nsswitch, sizeof nsswitch);
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (!cover(hidden[i]) || hidden[i] != resolved) continue;
        // /etc/resolv.conf is often a link to one of these
        write_new(resolved, "resolv.conf", resolv_conf, sizeof resolv_conf - 1);
        write_new(resolved, "stub-resolv.conf", resolv_conf, sizeof resolv_conf - 1);
    }
    // Opened before anything is in the way. What is not there needs nothing: without the file every resolver asks 127.0.0.1
    int resolver = open("/etc/resolv.conf", O_PATH | O_CLOEXEC), sources = open("/etc/nsswitch.conf", O_PATH | O_CLOEXEC);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!cover(places[i])) continue;
        write_new(places[i], "resolv.conf", resolv_conf, sizeof resolv_conf - 1);
        write_new(places[i], "nsswitch.conf", nsswitch, length);
        if (resolver >= 0) bind_over(places[i], "resolv.conf", resolver);
        if (sources >= 0 && length > 0) bind_over(places[i], "nsswitch.conf", sources);
        umount2(places[i], MNT_DETACH);
        break;
    }
    if (resolver >= 0) close(resolver);
    if (sources >= 0) close(sources);
}
