/* Linked into every program of a sanitized flavour. The tests give their programs an environment of their
 * own, hence no ASAN_OPTIONS: what a sanitizer finds goes into a file where tests/lib/sandbox.mjs and
 * tests/run look for it, and the exit status is none that the program has. */
#include <dlfcn.h>

#define REPORT ND_REPORTS "/report"
#define OPTIONS "exitcode=99:log_path=\"" REPORT "\""

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__lsan_default_suppressions(void);

/* The fault shim is preloaded and therefore stands before the runtime. What is freed is wiped, as by src/memory.c. */
const char *__asan_default_options(void)
{
	return OPTIONS ":verify_asan_link_order=0:detect_stack_use_after_return=1:strict_string_checks=1"
		       ":max_free_fill_size=2147483647:free_fill_byte=0:print_suppressions=0";
}

const char *__ubsan_default_options(void)
{
	return OPTIONS ":print_stacktrace=1";
}

/* What dlerror() would say is a thread's own until the thread ends. One that waits for a name server when the process
 * ends has it still, where LeakSanitizer does not look. */
const char *__lsan_default_suppressions(void)
{
	return "leak:_dlerror_run\n";
}

/* gcc has a runtime for each sanitizer, and that of the undefined ones tells the path to the other one, which has a
 * function of the same name and is asked first: its own reports would go to standard error. */
__attribute__((constructor)) static void report_the_undefined(void)
{
	void *runtime = dlopen("libubsan.so.1", RTLD_NOLOAD | RTLD_LAZY);
	void (*set_path)(const char *);

	if (!runtime)
		return;
	*(void **)&set_path = dlsym(runtime, "__sanitizer_set_report_path");
	if (set_path)
		set_path(REPORT);
	dlclose(runtime);
}
