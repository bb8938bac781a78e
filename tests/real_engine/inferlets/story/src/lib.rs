//! Generates text with the engine's model and writes each token to standard output the moment it is made.
//!
//! Input: `{"prompt": "Once upon a time", "max_tokens": 32, "temperature": 0.8, "seed": 1}`, all optional;
//! temperature 0 takes the likeliest token each time. The same input gives the same text. Returns the whole text,
//! so what was streamed can be checked against it.
use inferlet::eta::hybrid::prelude::*;
use std::io::Write;

#[derive(serde::Deserialize)]
#[serde(default)]
struct Input {
    prompt: String,
    max_tokens: u32,
    temperature: f32,
    seed: u32,
}

impl Default for Input {
    fn default() -> Self {
        Input { prompt: "Once upon a time".into(), max_tokens: 32, temperature: 0.8, seed: 1 }
    }
}

/// What the passes of one text share: the order of its work, its attention cache, its recurrent state.
struct Text {
    pipeline: Pipeline,
    kv: WorkingSet,
    recurrent: [RsWorkingSet; 1],
    pages: u32,
    temperature: f32,
    seed: u32,
}

impl Text {
    /// A pass over `tokens`, which stand at `start`, `start + 1`, …; it puts the token that follows into `out`.
    /// With `again`, each run leaves its token and the next position as the input of the run after it.
    fn pass(&self, tokens: &[i32], start: u32, out: Channel, again: bool) -> Result<ForwardPass> {
        let size = kv_page_size();
        let (count, end) = (tokens.len() as u32, start + tokens.len() as u32);
        let embed = Channel::from(tokens.to_vec());
        let embed_rows = Channel::from(vec![0, count]);
        let kv_len = Channel::from(vec![end]);
        let pages = Channel::from((0..self.pages).collect::<Vec<u32>>());
        let page_rows = Channel::from(vec![0, end.div_ceil(size)]);
        let w_slot = Channel::from((start..end).map(|p| p / size).collect::<Vec<u32>>());
        let w_off = Channel::from((start..end).map(|p| p % size).collect::<Vec<u32>>());
        let positions = Channel::from((start..end).collect::<Vec<u32>>());

        let pass = ForwardPass::new();
        pass.embed(&embed, &embed_rows)?;
        let geometry = KvGeometry {
            readable_pages: ..,
            writable_pages: ..,
            kv_len: &kv_len,
            pages: &pages,
            page_indptr: &page_rows,
            w_slot: &w_slot,
            w_off: &w_off,
            positions: &positions,
            mask: None,
        };
        let kv = KvBinding { working_set: &self.kv, geometry };
        pass.attention(Some(kv), &self.recurrent, RsGeometry { fold_len: None, buffer: 0..0 })?;

        let temperature = self.temperature;
        let noise = Channel::from(vec![self.seed, end]);
        pass.epilogue(move || {
            let logits = intrinsics::logits();
            let token = if temperature > 0.0 {
                let state = noise.take();
                noise.put(&state + Tensor::constant([0u32, 1]));
                gumbel_max(logits / temperature, state)
            } else {
                reduce_argmax(logits)
            };
            let token = reshape(token, [1]);
            if again {
                let length = kv_len.take();
                let next = &length + 1u32;
                page_rows.put(indptr(1, next.div_ceil(size)));
                w_slot.put(&length / size);
                w_off.put(&length % size);
                positions.put(&length);
                kv_len.put(next);
                embed.put(&token);
            }
            out.put(token);
        });
        Ok(pass)
    }
}

/// Bytes of a character may come in several tokens: keeps them until the character is whole.
#[derive(Default)]
struct Characters(Vec<u8>);

impl Characters {
    fn add(&mut self, token: u32) -> String {
        self.0.extend(model::token_bytes(&[token]).concat());
        let whole = match std::str::from_utf8(&self.0) {
            Ok(_) => self.0.len(),
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            Err(_) => self.0.len(),
        };
        String::from_utf8_lossy(&self.0.drain(..whole).collect::<Vec<u8>>()).into_owned()
    }
}

#[inferlet::main]
async fn main(input: Input) -> Result<String> {
    if model::pass_kind() != model::ForwardKind::Hybrid {
        return Err("this inferlet is written for models that mix attention and recurrent layers".into());
    }
    let prompt: Vec<i32> = model::encode(&input.prompt).iter().map(|&t| t as i32).collect();
    if prompt.is_empty() || input.max_tokens == 0 {
        return Err("prompt must not be empty and max_tokens must not be 0".into());
    }
    let length = prompt.len() as u32;
    let pages = (length + input.max_tokens).div_ceil(kv_page_size());
    let text = Text {
        pipeline: Pipeline::new(),
        kv: WorkingSet::new(),
        recurrent: [RsWorkingSet::new()],
        pages,
        temperature: input.temperature,
        seed: input.seed,
    };
    text.kv.reserve(pages)?;

    // The prompt, in pieces that the engine takes; the last one's answer is the first new token.
    let mut token = 0;
    for (start, end) in prefill_chunks(length, None) {
        let out = Channel::new([1], dtype::i32);
        text.pass(&prompt[start as usize..end as usize], start, out, false)?.submit(&text.pipeline)?;
        token = out.take_host::<i32>().await?;
    }

    // Then one token at a time, the next ones under way while this one is written.
    let (mut characters, mut whole) = (Characters::default(), String::new());
    let stop = inferlet::chat::stop_tokens();
    let mut write = |token: i32| {
        if stop.contains(&(token as u32)) {
            return ControlFlow::Break(());
        }
        let new = characters.add(token as u32);
        print!("{new}");
        let _ = std::io::stdout().flush();
        whole.push_str(&new);
        ControlFlow::Continue(())
    };
    if write(token).is_continue() && input.max_tokens > 1 {
        let out = Channel::new([1], dtype::i32).capacity(channel_capacity() as u32);
        let pass = text.pass(&[token], length, out, true)?;
        run_ahead(&text.pipeline, &pass, input.max_tokens as usize - 1, async || {
            Ok(write(out.take_host::<i32>().await?))
        })
        .await?;
    } else {
        text.pipeline.close();
    }
    Ok(whole)
}
