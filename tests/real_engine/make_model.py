#!/usr/bin/env python3
"""Writes a checkpoint of random weights (38.6 MB, always the same bytes) that pie-server 0.5.2 takes for its catalog
row `qwen35-tiny-u4g64-kv-bf16`: hidden size 256, 4 layers, a vocabulary of 248320, tied embeddings.

usage: make_model.py OUT_DIR
"""
import json, os, random, struct, sys

HIDDEN, LAYERS, VOCAB, INTER = 256, 4, 248_320, 512
QH, KVH, HD = 4, 2, 64
KH, VH, KD, VD, CONV = 4, 8, 128, 128, 4
RNG = random.Random(0)
# random bytes -> bf16 in +-[2^-7, 2^-5): low byte free, high byte 0x3c/0x3d/0xbc/0xbd
HI = bytes((0x3C, 0x3D, 0xBC, 0xBD)[b & 3] for b in range(256))


def bf16_random(n):
    out = bytearray(2 * n)
    out[0::2] = RNG.randbytes(n)
    out[1::2] = RNG.randbytes(n).translate(HI)
    return bytes(out)


def bf16_const(n, v):
    return struct.pack("<f", v)[2:] * n


def tensors():
    T = {}
    def rnd(name, *shape):
        n = 1
        for s in shape: n *= s
        T[name] = ("BF16", list(shape), bf16_random(n))
    def u4(name, out, inn):       # MLX affine, 4 bits, groups of 64: w = code*scale + bias
        T[name + ".weight"] = ("U32", [out, inn // 8], RNG.randbytes(out * inn // 2))
        # What the layers add outweighs the embedding of the last token: else the model repeats that token for ever
        step = 2.0 ** -4 if name.endswith(("o_proj", "out_proj", "down_proj")) else 2.0 ** -6
        T[name + ".scales"] = ("BF16", [out, inn // 64], bf16_const(out * inn // 64, step))
        T[name + ".biases"] = ("BF16", [out, inn // 64], bf16_const(out * inn // 64, -7.5 * step))
    def one(name, n, v=0.0):      # this family's RMSNorm is x*(1+w)
        T[name] = ("BF16", [n], bf16_const(n, v))
    P = "model.language_model."
    # Tied head: logits = embed . h.  Rows without a token are zero, so sampling stays inside the tokenizer;
    # a-z and space are 16x the rest, so the likeliest token is always readable ASCII and never a stop token.
    used = FIRST_SPECIAL + len(SPECIALS) + len(ADDED)
    u4(P + "embed_tokens", VOCAB, HIDDEN)
    T[P + "embed_tokens.weight"] = ("U32", [VOCAB, HIDDEN // 8], RNG.randbytes(used * HIDDEN // 2).ljust(VOCAB * HIDDEN // 2, b"\0"))
    step = [0.0 if r >= used else 2.0 ** -3 if 97 <= r <= 122 or r == 32 else 2.0 ** -7 for r in range(VOCAB)]
    g = HIDDEN // 64
    T[P + "embed_tokens.scales"] = ("BF16", [VOCAB, g], b"".join(bf16_const(g, v) for v in step))
    T[P + "embed_tokens.biases"] = ("BF16", [VOCAB, g], b"".join(bf16_const(g, -7.5 * v) for v in step))
    one(P + "norm.weight", HIDDEN)
    kw, vw = KH * KD, VH * VD
    for l in range(LAYERS):
        L = f"{P}layers.{l}."
        one(L + "input_layernorm.weight", HIDDEN)
        one(L + "post_attention_layernorm.weight", HIDDEN)
        if l % 4 == 3:
            u4(L + "self_attn.q_proj", 2 * QH * HD, HIDDEN)
            u4(L + "self_attn.k_proj", KVH * HD, HIDDEN)
            u4(L + "self_attn.v_proj", KVH * HD, HIDDEN)
            u4(L + "self_attn.o_proj", HIDDEN, QH * HD)
            one(L + "self_attn.q_norm.weight", HD)
            one(L + "self_attn.k_norm.weight", HD)
        else:
            A = L + "linear_attn."
            u4(A + "in_proj_qkv", 2 * kw + vw, HIDDEN)
            u4(A + "in_proj_z", vw, HIDDEN)
            u4(A + "in_proj_b", VH, HIDDEN)
            u4(A + "in_proj_a", VH, HIDDEN)
            rnd(A + "conv1d.weight", 2 * kw + vw, 1, CONV)
            one(A + "dt_bias", VH)
            T[A + "A_log"] = ("F32", [VH], struct.pack("<f", 0.0) * VH)
            T[A + "norm.weight"] = ("F32", [VD], struct.pack("<f", 1.0) * VD)
            u4(A + "out_proj", HIDDEN, vw)
        u4(L + "mlp.gate_proj", INTER, HIDDEN)
        u4(L + "mlp.up_proj", INTER, HIDDEN)
        u4(L + "mlp.down_proj", HIDDEN, INTER)
    return T


def write_safetensors(path, T):
    head, off = {}, 0
    for k, (dt, shape, b) in T.items():
        head[k] = {"dtype": dt, "shape": shape, "data_offsets": [off, off + len(b)]}
        off += len(b)
    h = json.dumps(head).encode()
    h += b" " * (-len(h) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(h))); f.write(h)
        for _, _, b in T.values(): f.write(b)


def byte_alphabet():
    bs = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    cs, n = bs[:], 0
    for b in range(256):
        if b not in bs:
            bs.append(b); cs.append(256 + n); n += 1
    return [chr(c) for _, c in sorted(zip(bs, cs))]


SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
            "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>",
            "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"]
ADDED = ["<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>",
         "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>", "<think>", "</think>"]
# the server wants token ids without gaps, so right after the 256 byte tokens
FIRST_SPECIAL = 256


def tokenizer():
    vocab = {t: i for i, t in enumerate(byte_alphabet())}
    added, i = [], FIRST_SPECIAL
    for t in SPECIALS + ADDED:
        added.append({"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False,
                      "normalized": False, "special": t in SPECIALS}); i += 1
    pat = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added,
            "normalizer": {"type": "NFC"},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pat}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}]},
            "post_processor": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                      "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": vocab, "merges": []}}


def config():
    text = {"model_type": "qwen3_5_text", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
            "intermediate_size": INTER, "num_attention_heads": QH, "num_key_value_heads": KVH, "head_dim": HD,
            "linear_num_key_heads": KH, "linear_num_value_heads": VH, "linear_key_head_dim": KD,
            "linear_value_head_dim": VD, "linear_conv_kernel_dim": CONV, "full_attention_interval": 4,
            "layer_types": ["linear_attention"] * 3 + ["full_attention"], "vocab_size": VOCAB,
            "tie_word_embeddings": True, "rms_norm_eps": 1e-6, "hidden_act": "silu", "dtype": "bfloat16",
            "max_position_embeddings": 4096, "attn_output_gate": True, "eos_token_id": FIRST_SPECIAL + 2,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10_000_000.0, "partial_rotary_factor": 0.5}}
    return {"architectures": ["Qwen3_5ForConditionalGeneration"], "model_type": "qwen3_5", "text_config": text,
            "tie_word_embeddings": True, "torch_dtype": "bfloat16", "eos_token_id": FIRST_SPECIAL + 2}


def main(out):
    os.makedirs(out, exist_ok=True)
    write_safetensors(os.path.join(out, "model.safetensors"), tensors())
    for name, doc in (("config.json", config()), ("tokenizer.json", tokenizer()),
                      ("generation_config.json", {"eos_token_id": [FIRST_SPECIAL + 2, FIRST_SPECIAL]}),
                      ("tokenizer_config.json", {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "tokenizer_class": "Qwen2Tokenizer"})):
        with open(os.path.join(out, name), "w") as f:
            json.dump(doc, f)


if __name__ == "__main__":
    main(sys.argv[1])
