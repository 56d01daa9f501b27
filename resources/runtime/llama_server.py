#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""llama.cpp's own server, taken from the xllamacpp wheel and started with llama-server's flags.

Every route is llama.cpp's (/health, /props, /slots, /v1/chat/completions ...), and every default is llama-server's.
A flag that this launcher cannot express is reported on stderr and ignored, with its value.

  --die-with-parent [PID]   end when the parent process ends (also: LOOPTAX_DIE_WITH_PARENT=1, or =PID of the parent,
                            which closes the gap in which the parent could die before we look)
  --version, --help         versions; this text and the flags

Prints `listening on http://HOST:PORT` on stdout once the model is loaded; before that /health answers 503.
SIGTERM and SIGINT end it at once, in the middle of a reply too. Exit status: 0 ended by a signal after loading,
1 cannot start (one line on stderr says why), 2 bad usage.
"""
import ctypes
import json
import os
import signal
import socket
import sys

NAME = "looptax-llama-server"
DEFAULT_PORT = 9931  # llama-server's since the builds of August 2026; 8080 before


def fail(message, status=1):
    print(f"{NAME}: {message}", file=sys.stderr, flush=True)
    os._exit(status)


# --- flags -----------------------------------------------------------------------------------------------------------
# (names, target, kind). Target: a path of attributes of xllamacpp.CommonParams, or a key of `own`. Kinds: int, float,
# str; True/False (a flag without a value, which sets that); a tuple (enum name, {word: member}) ; a function(x, p, text).

class Bad(ValueError):
    pass


def on_off_auto(on, off, auto):
    words = {"on": on, "1": on, "true": on, "enabled": on, "off": off, "0": off, "false": off, "disabled": off, "auto": auto,
             "-1": auto}

    def convert(_x, text):
        if text not in words:
            raise Bad("expected on, off or auto")
        return words[text]
    return convert


def member(enum, prefix, words):
    def convert(x, text):
        if text not in words:
            raise Bad("expected " + ", ".join(sorted(words)))
        return getattr(getattr(x, enum), prefix + words[text])
    return convert


def gpu_layers(_x, text):
    return {"auto": -1, "all": -2}[text] if text in ("auto", "all") else int(text)


def read_text(_x, path):
    try:
        with open(path, encoding="utf-8") as f:
            return f.read()
    except OSError as e:
        raise Bad(f"cannot read {path}: {e.strerror}") from e


def words_of(_x, text):
    return {w for w in text.split(",") if w}


def hosts(_x, text):
    return [h for h in text.split(",") if h]


def keys(_x, text):
    return [k for k in text.split(",") if k]


def key_file(x, path):
    return [k.strip() for k in read_text(x, path).splitlines() if k.strip()]


def template_kwargs(_x, text):
    try:
        values = json.loads(text)
        return {k: json.dumps(v) for k, v in values.items()}
    except (ValueError, AttributeError) as e:
        raise Bad("expected a JSON object") from e


def save_path(_x, text):
    if not os.path.isdir(text):
        raise Bad("not a folder")
    return text if text.endswith("/") else text + "/"


def tensor_split(_x, text):
    parts = [float(v) for v in text.replace("/", ",").split(",")]
    if len(parts) > 128:
        raise Bad("at most 128 parts")
    return parts + [0.0] * (128 - len(parts))


def fit_target(_x, text):
    mib = [int(v) * 1024 * 1024 for v in text.split(",")]
    return mib if len(mib) > 1 else mib * 128


CACHE_TYPES = {t: t.upper() for t in ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1")}
CACHE_TYPES["iq4_nl"] = "IQ4_NL"
cache_type = member("ggml_type", "GGML_TYPE_", CACHE_TYPES)
priority = member("ggml_sched_priority", "GGML_SCHED_PRIO_",
                  {"-1": "LOW", "0": "NORMAL", "1": "MEDIUM", "2": "HIGH", "3": "REALTIME"})
SPEC = {"none": "NONE", "draft-simple": "DRAFT_SIMPLE", "draft-eagle3": "DRAFT_EAGLE3", "draft-mtp": "DRAFT_MTP",
        "draft-dflash": "DRAFT_DFLASH", "draft-dspark": "DRAFT_DSPARK", "ngram-simple": "NGRAM_SIMPLE", "ngram-map-k": "NGRAM_MAP_K",
        "ngram-map-k4v": "NGRAM_MAP_K4V", "ngram-mod": "NGRAM_MOD", "ngram-cache": "NGRAM_CACHE"}


def spec_types(x, text):
    return [member("common_speculative_type", "COMMON_SPECULATIVE_TYPE_", SPEC)(x, t) for t in text.split(",")]


def both(name, target, short="", off_short="", on=True, value=True):
    """--name sets target, --no-name clears it (the other way round with value=False)."""
    rows = [(f"{short} --{name}".split(), target, value)] if on else []
    return rows + [(f"{off_short} --no-{name}".split(), target, not value)]


FLAGS = [
    # the model and where it is served
    (["-m", "--model"], "model.path", str),
    (["-a", "--alias"], "model_alias", words_of),
    (["--tags"], "model_tags", words_of),
    (["--host"], "hostnames", hosts),
    (["--port"], "own.port", int),
    *both("reuse-port", "reuse_port"),
    (["--path"], "public_path", str),
    (["--api-prefix"], "api_prefix", str),
    (["--api-key"], "api_keys", keys),
    (["--api-key-file"], "api_keys", key_file),
    (["--ssl-key-file"], "ssl_file_key", str),
    (["--ssl-cert-file"], "ssl_file_cert", str),
    (["-to", "--timeout"], "own.timeout", int),
    (["--threads-http"], "n_threads_http", int),
    (["--sse-ping-interval"], "sse_ping_interval", int),
    (["--sleep-idle-seconds"], "sleep_idle_seconds", int),
    *both("ui", "ui"), *both("webui", "ui"),
    *both("slots", "endpoint_slots"),
    (["--props"], "endpoint_props", True),
    (["--metrics"], "endpoint_metrics", True),
    (["--slot-save-path"], "slot_save_path", save_path),
    (["-sps", "--slot-prompt-similarity"], "slot_prompt_similarity", float),
    (["--offline"], "offline", True),
    # context, slots, caches
    (["-c", "--ctx-size"], "n_ctx", int),
    (["-np", "--parallel"], "n_parallel", int),
    *both("kv-unified", "kv_unified", "-kvu", "-no-kvu"),
    *both("cont-batching", "cont_batching", "-cb", "-nocb"),
    (["-b", "--batch-size"], "n_batch", int),
    (["-ub", "--ubatch-size"], "n_ubatch", int),
    (["--keep"], "n_keep", int),
    (["-n", "--predict", "--n-predict"], "n_predict", int),
    (["-cram", "--cache-ram"], "cache_ram_mib", int),
    *both("cache-idle-slots", "cache_idle_slots"),
    *both("cache-prompt", "cache_prompt"),
    (["--cache-reuse"], "n_cache_reuse", int),
    (["-ctxcp", "--ctx-checkpoints", "--swa-checkpoints"], "n_ctx_checkpoints", int),
    (["--checkpoint-min-step"], "checkpoint_min_step", int),
    (["--swa-full"], "swa_full", True),
    *both("context-shift", "ctx_shift"),
    (["-ctk", "--cache-type-k"], "cache_type_k", cache_type),
    (["-ctv", "--cache-type-v"], "cache_type_v", cache_type),
    *both("kv-offload", "no_kv_offload", "-kvo", "-nkvo", value=False),
    # compute
    (["-t", "--threads"], "cpuparams.n_threads", int),
    (["-tb", "--threads-batch"], "cpuparams_batch.n_threads", int),
    (["--prio"], "cpuparams.priority", priority),
    (["--prio-batch"], "cpuparams_batch.priority", priority),
    (["--poll"], "cpuparams.poll", int),
    (["--poll-batch"], "cpuparams_batch.poll", int),
    (["-fa", "--flash-attn"], "flash_attn_type", lambda x, t: getattr(
        x.llama_flash_attn_type, "LLAMA_FLASH_ATTN_TYPE_" + on_off_auto("ENABLED", "DISABLED", "AUTO")(x, t))),
    (["-ngl", "--gpu-layers", "--n-gpu-layers"], "n_gpu_layers", gpu_layers),
    (["-sm", "--split-mode"], "split_mode", member("llama_split_mode", "LLAMA_SPLIT_MODE_",
     {"none": "NONE", "layer": "LAYER", "row": "ROW", "tensor": "TENSOR"})),
    (["-ts", "--tensor-split"], "tensor_split", tensor_split),
    (["-mg", "--main-gpu"], "main_gpu", int),
    (["-ot", "--override-tensor"], "tensor_buft_overrides", str),
    (["-fit", "--fit"], "fit_params", on_off_auto(True, False, True)),
    (["-fitt", "--fit-target"], "fit_params_target", fit_target),
    (["-fitc", "--fit-ctx"], "fit_params_min_ctx", int),
    (["--load-mode"], "load_mode", member("llama_load_mode", "LLAMA_LOAD_MODE_",
     {"auto": "AUTO", "none": "NONE", "mmap": "MMAP", "mlock": "MLOCK", "mmap+mlock": "MMAP_MLOCK", "dio": "DIRECT_IO"})),
    (["--mlock"], "load_mode", lambda x, _t=None: x.llama_load_mode.LLAMA_LOAD_MODE_MMAP_MLOCK),
    (["--no-mmap"], "load_mode", lambda x, _t=None: x.llama_load_mode.LLAMA_LOAD_MODE_NONE),
    (["--numa"], "numa", member("ggml_numa_strategy", "GGML_NUMA_STRATEGY_",
     {"distribute": "DISTRIBUTE", "isolate": "ISOLATE", "numactl": "NUMACTL"})),
    *both("repack", "no_extra_bufts", value=False),
    *both("op-offload", "no_op_offload", value=False),
    (["--no-host"], "no_host", True),
    (["--check-tensors"], "check_tensors", True),
    *both("warmup", "warmup"),
    *both("perf", "no_perf", value=False),
    # template, reasoning, adapters
    *both("jinja", "use_jinja"),
    (["--chat-template"], "chat_template", str),
    (["--chat-template-file"], "chat_template", read_text),
    (["--chat-template-kwargs"], "default_template_kwargs", template_kwargs),
    *both("prefill-assistant", "prefill_assistant"),
    *both("skip-chat-parsing", "force_pure_content_parser"),
    (["--reasoning-format"], "reasoning_format", member("common_reasoning_format", "COMMON_REASONING_FORMAT_",
     {"none": "NONE", "auto": "AUTO", "deepseek": "DEEPSEEK", "deepseek-legacy": "DEEPSEEK_LEGACY"})),
    (["-rea", "--reasoning"], "enable_reasoning", on_off_auto(1, 0, -1)),
    (["--reasoning-budget"], "own.reasoning_budget", int),
    (["--reasoning-budget-message"], "sampling.reasoning_budget_message", str),
    (["--special"], "special", True),
    (["-mm", "--mmproj"], "mmproj.path", str),
    *both("mmproj-offload", "mmproj_use_gpu"),
    (["--no-mmproj", "--no-mmproj-auto"], "no_mmproj", True),
    (["--image-min-tokens"], "image_min_tokens", int),
    (["--image-max-tokens"], "image_max_tokens", int),
    (["--lora"], "own.lora", str),
    (["--lora-init-without-apply"], "lora_init_without_apply", True),
    (["--embedding", "--embeddings"], "embedding", True),
    (["--pooling"], "pooling_type", member("llama_pooling_type", "LLAMA_POOLING_TYPE_",
     {"none": "NONE", "mean": "MEAN", "cls": "CLS", "last": "LAST", "rank": "RANK"})),
    # rope
    (["--rope-scaling"], "rope_scaling_type", member("llama_rope_scaling_type", "LLAMA_ROPE_SCALING_TYPE_",
     {"none": "NONE", "linear": "LINEAR", "yarn": "YARN"})),
    (["--rope-scale"], "rope_freq_scale", lambda _x, t: 1.0 / float(t)),
    (["--rope-freq-base"], "rope_freq_base", float),
    (["--rope-freq-scale"], "rope_freq_scale", float),
    (["--yarn-orig-ctx"], "yarn_orig_ctx", int),
    (["--yarn-ext-factor"], "yarn_ext_factor", float),
    (["--yarn-attn-factor"], "yarn_attn_factor", float),
    (["--yarn-beta-slow"], "yarn_beta_slow", float),
    (["--yarn-beta-fast"], "yarn_beta_fast", float),
    # sampling defaults (a request's own values win)
    (["-s", "--seed"], "sampling.seed", lambda _x, t: int(t) & 0xFFFFFFFF),
    (["--samplers"], "sampling.samplers", str),
    (["--temp", "--temperature"], "sampling.temp", float),
    (["--top-k"], "sampling.top_k", int),
    (["--top-p"], "sampling.top_p", float),
    (["--min-p"], "sampling.min_p", float),
    (["--typical", "--typical-p"], "sampling.typ_p", float),
    (["--xtc-probability"], "sampling.xtc_probability", float),
    (["--xtc-threshold"], "sampling.xtc_threshold", float),
    (["--repeat-last-n"], "sampling.penalty_last_n", int),
    (["--repeat-penalty"], "sampling.penalty_repeat", float),
    (["--presence-penalty"], "sampling.penalty_present", float),
    (["--frequency-penalty"], "sampling.penalty_freq", float),
    (["--dry-multiplier"], "sampling.dry_multiplier", float),
    (["--dry-base"], "sampling.dry_base", float),
    (["--dry-allowed-length"], "sampling.dry_allowed_length", int),
    (["--dry-penalty-last-n"], "sampling.dry_penalty_last_n", int),
    (["--dynatemp-range"], "sampling.dynatemp_range", float),
    (["--dynatemp-exp"], "sampling.dynatemp_exponent", float),
    (["--mirostat"], "sampling.mirostat", int),
    (["--mirostat-lr"], "sampling.mirostat_eta", float),
    (["--mirostat-ent"], "sampling.mirostat_tau", float),
    (["--ignore-eos"], "sampling.ignore_eos", True),
    (["-bs", "--backend-sampling"], "sampling.backend_sampling", True),
    # speculative decoding
    (["--spec-type"], "speculative.types", spec_types),
    (["-md", "--model-draft", "--spec-draft-model"], "speculative.draft.mparams.path", str),
    (["--spec-draft-n-max", "--draft-max", "--draft", "--draft-n"], "speculative.draft.n_max", int),
    (["--spec-draft-n-min", "--draft-min", "--draft-n-min"], "speculative.draft.n_min", int),
    (["--spec-draft-p-min", "--draft-p-min"], "speculative.draft.p_min", float),
    (["-ngld", "--gpu-layers-draft", "--n-gpu-layers-draft", "--spec-draft-ngl"], "speculative.draft.n_gpu_layers", gpu_layers),
    *both("spec-draft-backend-sampling", "speculative.draft.backend_sampling"),
    # what is printed
    (["-lv", "--verbosity", "--log-verbosity"], "verbosity", int),
    (["-v", "--verbose", "--log-verbose"], "verbosity", lambda x, _t=None: 1 << 30),
    (["--log-jsonl"], "log_json", True), (["--no-log-jsonl"], "log_json", False),
]
NO_VALUE_FUNCTIONS = {"--mlock", "--no-mmap", "-v"}  # a function that needs no text
# Their meaning is what happens anyway, or only how the log looks: nothing to report.
SILENT = {"--no-log-prefix", "--log-prefix", "--no-log-timestamps", "--log-timestamps", "--no-agent", "-no-ag"}
BY_NAME = {name: row for row in FLAGS for name in row[0]}

# llama-server lets a GGUF bring its own sampling defaults; a flag that was given stands above them.
EXPLICIT = {"samplers": 1, "top_k": 2, "top_p": 4, "min_p": 8, "xtc_probability": 16, "xtc_threshold": 32, "temp": 64,
            "penalty_last_n": 128, "penalty_repeat": 256, "mirostat": 512, "mirostat_tau": 1024, "mirostat_eta": 2048}


def takes_value(row):
    return row[2] not in (True, False) and not NO_VALUE_FUNCTIONS.intersection(row[0])


def looks_like_value(text):
    """Not a flag: anything that does not start with a dash, or a negative number."""
    if not text.startswith("-") or text == "-":
        return True
    try:
        float(text)
        return True
    except ValueError:
        return False


def put(params, path, value):
    *way, last = path.split(".")
    for step in way:
        params = getattr(params, step)
    setattr(params, last, value)


def apply(x, params, own, name, row, text):
    _, target, kind = row
    try:
        if kind in (True, False):
            value = kind
        elif kind in (int, float, str):
            value = kind(text)
        else:
            value = kind(x) if text is None else kind(x, text)
        if target == "own.lora":
            own["lora"].append(value)
        elif target.startswith("own."):
            own[target[4:]] = value
        else:
            put(params, target, value)
            if target.startswith("sampling.") and target[9:] in EXPLICIT:
                params.sampling.user_sampling_config |= EXPLICIT[target[9:]]
    except (ValueError, TypeError, OverflowError, RuntimeError) as e:
        shown = f" {text}" if text is not None else ""
        why = {int: "expected a whole number", float: "expected a number"}.get(kind, e) if not isinstance(e, Bad) else e
        fail(f"{name}{shown}: {why or 'not accepted'}", 2)


def parse(x, argv):
    params = x.CommonParams()
    params.n_parallel = -1  # llama-server's default: four slots over one cache; xllamacpp's own is 1
    own = {"port": DEFAULT_PORT, "lora": [], "die_with_parent": os.environ.get("LOOPTAX_DIE_WITH_PARENT", "")}
    i = 0
    while i < len(argv):
        name, text = argv[i], None
        i += 1
        if name.startswith("--") and "=" in name:
            name, text = name.split("=", 1)
        has_next = i < len(argv) and looks_like_value(argv[i])
        if name == "--die-with-parent":
            if text is None and has_next:
                text, i = argv[i], i + 1
            own["die_with_parent"] = text or "1"
        elif name in SILENT:
            pass
        elif name in ("--rerank", "--reranking"):
            params.embedding, params.pooling_type = True, x.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
        elif name not in BY_NAME:
            if text is None and has_next and name.startswith("-"):
                text, i = argv[i], i + 1
            value = f" {text}" if text is not None else ""
            print(f"{NAME}: ignored, not known here: {name}{value}", file=sys.stderr)
        elif not takes_value(BY_NAME[name]):
            apply(x, params, own, name, BY_NAME[name], None)
        elif text is not None or has_next or (i < len(argv) and BY_NAME[name][2] is str):
            if text is None:
                text, i = argv[i], i + 1
            apply(x, params, own, name, BY_NAME[name], text)
        elif name in ("-fa", "--flash-attn"):  # older command lines give it without a value
            apply(x, params, own, name, BY_NAME[name], "on")
        else:
            fail(f"{name} needs a value (see --help)", 2)
    params.lora_adapters = [x.CommonAdapterLoraInfo(p, 1.0) for path in own["lora"] for p in path.split(",")]
    if "timeout" in own:
        params.timeout_read = params.timeout_write = own["timeout"]
    if own.get("reasoning_budget", -1) >= 0:
        params.sampling.reasoning_budget_tokens = own["reasoning_budget"]
    return params, own


def show_help():
    print(__doc__)
    for names, _, kind in FLAGS:
        value = {int: " N", float: " X", str: " TEXT"}.get(kind, " VALUE") if takes_value((names, _, kind)) else ""
        print("  " + ", ".join(names) + value)


# --- life and death --------------------------------------------------------------------------------------------------
def die_with_parent(setting):
    """The kernel signals us when the *thread* that started us ends, so the handler (set once Python can run again) looks
    whether the process is really gone. While the model loads the signal's default action ends us, which is right too."""
    if setting in ("", "0"):
        return
    try:
        expected = int(setting)
    except ValueError:
        fail(f"LOOPTAX_DIE_WITH_PARENT: expected 1 or a process id, got {setting!r}", 2)
    parent = expected if expected > 1 else os.getppid()
    if ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGUSR2, 0, 0, 0) != 0:  # 1 = PR_SET_PDEATHSIG
        fail(f"cannot ask to be told of the parent's end: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the kernel knew that we want to be told
        fail("the parent process is gone")
    own_parent.append(parent)


own_parent = []


def leave(*_):
    # At once and from here: the server's destructor would first finish the batch it is computing (seconds on a slow machine).
    # Nothing is kept on disk, and the kernel closes the sockets.
    sys.stdout.flush()
    os._exit(0)


def parent_signal(*_):
    if os.getppid() != own_parent[0]:
        leave()


def check_model(path):
    if not path:
        fail("no model given: -m FILE.gguf", 2)
    try:
        with open(path, "rb") as f:
            magic = f.read(4)
    except OSError as e:
        fail(f"model file {path}: {e.strerror}")
    if magic != b"GGUF":
        fail(f"model file {path}: not a GGUF file (it starts with {magic!r})")


def check_port(host, port):
    """llama.cpp says only that it could not bind; here the reason is known."""
    if not 0 <= port <= 65535:
        fail(f"--port {port}: not a port number", 2)
    if host.startswith("/") or host.endswith(".sock"):
        return
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(address)
            s.listen(1)
    except OSError as e:
        fail(f"cannot listen on {host} port {port}: {e.strerror} (try --port 0 for a free one)")


def main(argv):
    if "--help" in argv or "-h" in argv or "--usage" in argv:
        show_help()
        return 0
    # Python's own handlers cannot run while the model loads (the loader holds the interpreter); the kernel's can.
    for s in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2):
        signal.signal(s, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [s])
    try:
        import xllamacpp as x
    except ImportError as e:
        hint = " (install the package libgomp1)" if "libgomp" in str(e) else ""
        fail(f"the runtime cannot be loaded: {e}{hint}; try packaging/get-runtime.sh again")
    if "--version" in argv:
        build = x.__version__.rsplit(".", 1)[-1]
        print(f"version: {build} (llama.cpp b{build}, from xllamacpp {x.__version__}, Python {sys.version.split()[0]})")
        return 0
    if "--list-devices" in argv:
        print("Available devices:")
        for d in x.get_device_info():
            if d.get("name") != "CPU":
                print(f"  {d.get('name')}: {d.get('description')}")
        return 0
    params, own = parse(x, argv)
    die_with_parent(own["die_with_parent"])
    check_model(params.model.path)
    for host in params.hostnames:
        check_port(host, own["port"])
    params.port = own["port"]
    try:
        server = x.Server(params)
    except (RuntimeError, ValueError) as e:
        fail(f"the server did not start with {params.model.path}: {e} (llama.cpp's own lines above say more)")
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    if own_parent:
        signal.signal(signal.SIGUSR2, parent_signal)
        parent_signal()
    print(f"listening on {server.listening_address}", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)
