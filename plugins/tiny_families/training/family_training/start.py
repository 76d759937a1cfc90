"""Make the checkpoint that the training of a stem goes on from.

python -m family_training.start --stem llama --out FOLDER
python -m family_training.start --stem gemma --llama TRAINED_LLAMA_STEM --out FOLDER
"""

import argparse
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma2Config, LlamaConfig

from magpie_tiny import CHECKPOINT
from tiny_training.generator import Generator

Weights = dict[str, torch.Tensor]


def shared_keys(weights: Weights, config: LlamaConfig) -> Weights:
    """Keys and values of all heads averaged into one head.

    With a single key head the position-dependent part of attention is the same for all heads, which is
    what lets DeepSeek's latent attention be computed from these weights.
    """
    pooled = {}
    for name, tensor in weights.items():
        if name.endswith(("k_proj.weight", "v_proj.weight")):
            heads = tensor.view(config.num_key_value_heads, config.head_dim, -1)
            tensor = heads.mean(0)
        pooled[name] = tensor
    return pooled


def llama_start() -> torch.nn.Module:
    """The embedded model with one key head."""
    source = AutoModelForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32)
    config = source.config
    weights = shared_keys(source.state_dict(), config)
    config.num_key_value_heads = 1
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(weights)
    return model


@torch.no_grad()
def output_sizes(folder: Path) -> dict[str, float]:
    """Root mean square of what each attention and MLP of a Llama writes, on real conversations."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    generator, squares = Generator(3), {}
    for number, layer in enumerate(model.model.layers):
        for part in ("self_attn", "mlp"):

            def keep(module: object, inputs: object, output: object, key: str) -> None:
                tensor = output[0] if isinstance(output, tuple) else output
                squares.setdefault(key, []).append(tensor.pow(2).mean().item())

            key = f"{number}.{part}"
            getattr(layer, part).register_forward_hook(
                lambda module, inputs, output, key=key: keep(module, inputs, output, key)
            )
    for _ in range(200):
        messages = generator.conversation().messages()
        encoded = tokenizer.apply_chat_template(messages, return_tensors="pt", return_dict=True)
        model(encoded["input_ids"])
    return {key: (sum(values) / len(values)) ** 0.5 for key, values in squares.items()}


def gemma_start(folder: Path) -> torch.nn.Module:
    """A Gemma 2 with the Llama's matrices: the closest it comes without training.

    GELU(x / 1.702) * 1.702 is close to SiLU(x); the additional norms begin at the size of what they
    normalise; embeddings are scaled on input by the square root of their width, which the last norm undoes.
    """
    source = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    old, weights = source.config, source.state_dict()
    sizes = output_sizes(folder)
    config = gemma2_config(old)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    scale = old.hidden_size**0.5
    changed: Weights = {}
    for name in model.state_dict():
        number = name.split(".")[2] if ".layers." in name else ""
        if name.endswith(("embed_tokens.weight", "lm_head.weight")):
            changed[name] = weights["model.embed_tokens.weight"] / scale
        elif name == "model.norm.weight":
            changed[name] = weights[name] * scale - 1
        elif name.endswith("post_attention_layernorm.weight"):
            changed[name] = torch.full_like(weights[name], sizes[f"{number}.self_attn"] - 1)
        elif name.endswith("post_feedforward_layernorm.weight"):
            size = sizes[f"{number}.mlp"] - 1
            changed[name] = torch.full((old.hidden_size,), size)
        elif name.endswith("pre_feedforward_layernorm.weight"):
            before = name.replace("pre_feedforward", "post_attention")
            changed[name] = weights[before] - 1
        elif name.endswith("layernorm.weight"):
            changed[name] = weights[name] - 1
        elif name.endswith("gate_proj.weight"):
            changed[name] = weights[name] / 1.702
        else:
            changed[name] = weights[name]
    model.load_state_dict(changed)
    return model


def gemma2_config(old: LlamaConfig) -> Gemma2Config:
    """Gemma 2 in the sizes of ``old``; attention scores are not capped, logits are as in the release."""
    return Gemma2Config(
        vocab_size=old.vocab_size,
        hidden_size=old.hidden_size,
        intermediate_size=old.intermediate_size,
        num_hidden_layers=old.num_hidden_layers,
        num_attention_heads=old.num_attention_heads,
        num_key_value_heads=old.num_key_value_heads,
        head_dim=old.head_dim,
        query_pre_attn_scalar=old.head_dim,
        max_position_embeddings=old.max_position_embeddings,
        sliding_window=old.max_position_embeddings,
        attn_logit_softcapping=None,
        final_logit_softcapping=30.0,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )


def main() -> None:
    """Write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stem", choices=("llama", "gemma"), required=True)
    parser.add_argument("--llama", type=Path, help="the trained Llama stem")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    model = llama_start() if options.stem == "llama" else gemma_start(options.llama)
    model.save_pretrained(options.out)


if __name__ == "__main__":
    main()
