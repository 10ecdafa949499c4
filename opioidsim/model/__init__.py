"""The equations: pure JAX functions, no pharmacological number, no unit conversion, no file.

Each is written for one person. People, when there are many, are a trailing axis of every array: the same lines then
serve a crowd, the compiler keeps people side by side in vector registers, and each person's numbers are the same.
"""

import os
from pathlib import Path

# Chunks of people run on threads of our own; XLA's threads inside one small chunk would only wait for each other.
# The body of a time loop is compiled as one piece: dispatching its few hundred small operations costs more than they do.
# Unrolled loops and the newer emitters of fused operations make compilation a quarter longer and no march faster.
os.environ["XLA_FLAGS"] = (
    f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_multi_thread_eigen=false "
    "--xla_backend_extra_options=xla_cpu_small_while_loop_byte_threshold=100000000,"
    "xla_cpu_disable_loop_unrolling,xla_cpu_disable_new_fusion_emitters"
).strip()

import jax
from jax._src.xla_bridge import backends_are_initialized as in_use

# What a program around this one has set, or has begun to compute with, stays as it is; 32 bits are then refused
# (`engine.course.sound_arithmetic`).
if os.environ.get("JAX_ENABLE_X64") is None and not in_use():
    jax.config.update("jax_enable_x64", True)
if not os.environ.get("JAX_COMPILATION_CACHE_DIR") and not getattr(jax.config, "jax_compilation_cache_dir", None):
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opioidsim" / "compiled-loops"
    jax.config.update("jax_compilation_cache_dir", str(cache))
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
