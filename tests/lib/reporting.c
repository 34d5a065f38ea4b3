/* Linked into every program of a sanitized flavour. The tests give their programs an environment of their
 * own, hence no ASAN_OPTIONS: what a sanitizer finds goes into a file where tests/lib/sandbox.mjs and
 * tests/run look for it, and the exit status is none that the program has. */
#define OPTIONS "exitcode=99:log_path=\"" ND_REPORTS "/report\""

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* The fault shim is preloaded and therefore stands before the runtime. What is freed is wiped, as by src/memory.c. */
const char *__asan_default_options(void)
{
	return OPTIONS ":verify_asan_link_order=0:detect_stack_use_after_return=1:strict_string_checks=1"
		       ":max_free_fill_size=2147483647:free_fill_byte=0";
}

const char *__ubsan_default_options(void)
{
	return OPTIONS ":print_stacktrace=1";
}
