"""Store a trained checkpoint as a stem, in eight bits.

python -m family_training.pack --stem llama CHECKPOINT
"""

import argparse
from pathlib import Path

from safetensors.torch import load_file

from magpie_tiny_families.stems import FOLDER, save_stem


def main() -> None:
    """Write ``weights/STEM.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--stem", choices=("llama", "gemma"), required=True)
    options = parser.parse_args()
    path = FOLDER / f"{options.stem}.safetensors"
    save_stem(load_file(options.checkpoint / "model.safetensors"), path)
    path.chmod(0o644)
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
