#ifndef ANSWER_H
#define ANSWER_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* One JSON question per line of standard input, one JSON answer per line of standard output, until the end of the
 * input or a line that is no question. Returns the program's status; answer's result is freed here. */
static inline int answer_lines(const char *program, json_t *(*answer)(const json_t *question))
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		json_t *question = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
		json_t *out = question ? answer(question) : NULL;
		char *text = out ? json_dumps(out, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

		if (!text) {
			fprintf(stderr, "%s: %s\n", program, question ? "an answer that is no JSON" : "no question");
			return 2;
		}
		puts(text);
		fflush(stdout);
		free(text);
		json_decref(out);
		json_decref(question);
	}
	free(line);
	return 0;
}

#endif
