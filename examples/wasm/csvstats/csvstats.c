/* csvstats: statistics of every CSV file below the input folder.
 *
 * For each numeric column of each file it prints count, minimum, maximum, mean and standard
 * deviation, in the order of paths and columns. Arguments, if any, name the columns to keep.
 *
 * It keeps both contracts: with IEXEC_OUT set (2020 and later) it leaves stats.txt in that folder
 * and names it in computed.json; without (2018) it leaves stats.txt and consensus.iexec in /iexec.
 *
 * Exit codes: 0 done, 1 a file cannot be read or written, 2 no CSV file or no such column.
 */
#include <dirent.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COLUMNS 256
#define LINE (64 * 1024)

struct column {
    char name[64];
    unsigned long count, texts;
    double min, max, mean, m2;
};

struct list {
    char **items;
    size_t length, room;
};

static char **wanted;
static int wanted_count;
static unsigned long reported;

/* The report, kept so that it can be written to more than one file. */
static char *report;
static size_t report_length, report_room;

static void fail(const char *what, const char *path) {
    fprintf(stderr, "csvstats: %s: %s\n", path, what);
    exit(1);
}

static void say(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0) return;
    if ((size_t)length >= sizeof line) length = sizeof line - 1;
    if (report_length + (size_t)length + 1 > report_room) {
        report_room = (report_length + (size_t)length + 1) * 2;
        report = realloc(report, report_room);
        if (!report) fail("out of memory", "report");
    }
    memcpy(report + report_length, line, (size_t)length + 1);
    report_length += (size_t)length;
}

static void push(struct list *list, const char *item) {
    if (list->length == list->room) {
        list->room = list->room ? list->room * 2 : 16;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (!list->items) fail("out of memory", item);
    }
    list->items[list->length] = strdup(item);
    if (!list->items[list->length++]) fail("out of memory", item);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds the paths of all CSV files below `folder` to `found`. */
static void look(const char *folder, struct list *found) {
    DIR *directory = opendir(folder);
    if (!directory) fail("cannot be opened", folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        struct stat about;
        if (stat(path, &about)) fail("cannot be examined", path);
        size_t length = strlen(path);
        if (S_ISDIR(about.st_mode)) look(path, found);
        else if (length > 4 && !strcmp(path + length - 4, ".csv")) push(found, path);
    }
    closedir(directory);
}

/* Cuts the next cell off `*rest`: quotes group, a doubled quote is one. Returns NULL at the end. */
static char *next_cell(char **rest) {
    if (!*rest) return NULL;
    char *from = *rest, *to = *rest, *cell = *rest;
    int quoted = 0;
    for (; *from && (quoted || *from != ','); from++) {
        if (*from != '"') *to++ = *from;
        else if (quoted && from[1] == '"') *to++ = *from++;
        else quoted = !quoted;
    }
    *rest = *from ? from + 1 : NULL;
    *to = 0;
    return cell;
}

/* Welford's method: one pass, no catastrophic cancellation. */
static void add(struct column *column, const char *cell) {
    char *end;
    double value = strtod(cell, &end);
    while (*end == ' ' || *end == '\t') end++;
    if (end == cell || *end || !isfinite(value)) {
        column->texts++;
        return;
    }
    column->count++;
    if (column->count == 1 || value < column->min) column->min = value;
    if (column->count == 1 || value > column->max) column->max = value;
    double delta = value - column->mean;
    column->mean += delta / (double)column->count;
    column->m2 += delta * (value - column->mean);
}

static int is_wanted(const char *name) {
    for (int i = 0; i < wanted_count; i++)
        if (!strcmp(wanted[i], name)) return 1;
    return wanted_count == 0;
}

static void summarize(const char *path, const char *shown) {
    static struct column columns[COLUMNS];
    static char line[LINE];
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot be opened", path);
    memset(columns, 0, sizeof columns);
    size_t width = 0;
    unsigned long rows = 0;
    for (int first = 1; fgets(line, sizeof line, file); first = 0) {
        line[strcspn(line, "\r\n")] = 0;
        if (!*line) continue;
        char *rest = line;
        size_t at = 0;
        for (char *cell; at < COLUMNS && (cell = next_cell(&rest)); at++) {
            if (!first) {
                if (at < width) add(&columns[at], cell);
                continue;
            }
            snprintf(columns[at].name, sizeof columns[at].name, "%s", cell);
            width = at + 1;
        }
        rows += !first;
    }
    if (ferror(file)) fail("cannot be read", path);
    fclose(file);
    say("%s: %lu rows, %zu columns\n", shown, rows, width);
    for (size_t i = 0; i < width; i++) {
        struct column *column = &columns[i];
        if (!is_wanted(column->name)) continue;
        reported++;
        if (!column->count) {
            say("  %s: %lu texts\n", column->name, column->texts);
            continue;
        }
        double deviation = column->count > 1 ? sqrt(column->m2 / (double)(column->count - 1)) : 0;
        say("  %s: n %lu, min %.6g, max %.6g, mean %.6g, sd %.6g\n", column->name,
            column->count, column->min, column->max, column->mean, deviation);
    }
}

static void leave(const char *folder, const char *name, const char *text, size_t length) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(text, 1, length, file) != length || fclose(file))
        fail("cannot be written", path);
}

int main(int argc, char **argv) {
    const char *in = getenv("IEXEC_IN"), *out = getenv("IEXEC_OUT");
    int modern = in && out;
    if (!modern) in = out = "/iexec";
    wanted = argv + 1;
    wanted_count = argc - 1;

    struct list found = {0};
    look(in, &found);
    qsort(found.items, found.length, sizeof *found.items, by_name);
    for (size_t i = 0; i < found.length; i++)
        summarize(found.items[i], found.items[i] + strlen(in) + 1);
    if (!found.length || !reported) {
        fprintf(stderr, "csvstats: %s\n", found.length ? "no such column" : "no CSV file");
        return 2;
    }

    fwrite(report, 1, report_length, stdout);
    leave(out, "stats.txt", report, report_length);
    if (modern) {
        char json[1200];
        int length = snprintf(json, sizeof json,
                              "{\"deterministic-output-path\": \"%s/stats.txt\"}\n", out);
        leave(out, "computed.json", json, (size_t)length);
    } else {
        leave(out, "consensus.iexec", report, report_length);
    }
    return 0;
}
