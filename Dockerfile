# Two stages: build with the Rust image, run on a small Debian. `docker build -t talekeeper .`
# No provider's CLI is in it; deploy/with-clis.Dockerfile puts them on top. docs/deployment.md says how it is run.
FROM rust:1.95-bookworm AS build
# Whoever has built it already names the program within the context: --build-arg PREBUILT=dist/talekeeper
ARG PREBUILT=
WORKDIR /src
COPY . .
RUN if [ -n "$PREBUILT" ]; then install -D "$PREBUILT" target/release/talekeeper; \
    else cargo build --release --locked; fi

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 talekeeper && install -d -m 700 -o talekeeper -g talekeeper /data
COPY --from=build /src/target/release/talekeeper /usr/local/bin/talekeeper
COPY LICENSE-MIT LICENSE-APACHE THIRD-PARTY-NOTICES.md /usr/share/doc/talekeeper/
USER talekeeper
WORKDIR /data
ENV TALEKEEPER_DATA_DIR=/data
# The game, and the CLIs' sign-ins; nothing else is written but /tmp, so the root may be read-only.
VOLUME ["/data", "/home/talekeeper"]
# The program looks after orphans itself when it is process 1; no init is needed.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["talekeeper", "health", "--quiet"]
ENTRYPOINT ["talekeeper"]
CMD ["run"]
