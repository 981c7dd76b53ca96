# The image with providers' CLIs on top: `docker build -t talekeeper . && docker build -t talekeeper-clis - < deploy/with-clis.Dockerfile`
# Take out what you do not use: each is between 100 and 400 MB. Sign in as docs/deployment.md says.
ARG TALEKEEPER=talekeeper
FROM node:22-bookworm-slim AS clis
WORKDIR /opt/clis
# The versions that this release was tested with.
RUN npm install --no-audit --no-fund --engine-strict=false \
    @anthropic-ai/claude-code@2.1.330 \
    @openai/codex@0.169.0 \
    @google/gemini-cli@0.61.0

FROM ${TALEKEEPER}
COPY --from=clis /usr/local/bin/node /usr/local/bin/node
COPY --from=clis /opt/clis /opt/clis
ENV PATH=/opt/clis/node_modules/.bin:/usr/local/bin:/usr/bin:/bin
