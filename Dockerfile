# Two stages: build with the Rust image, run on a small Debian. `docker build -t talekeeper .`
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 talekeeper && install -d -o talekeeper /data
COPY --from=build /src/target/release/talekeeper /usr/local/bin/talekeeper
USER talekeeper
WORKDIR /data
ENV TALEKEEPER_DATA_DIR=/data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["talekeeper"]
CMD ["run"]
