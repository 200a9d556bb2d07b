# syntax=docker/dockerfile:1
# Two stages: the first compiles the sources, the second holds what runs. docs/docker.md says how to use the image.
FROM node:26-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY bin ./bin
COPY scripts ./scripts
COPY src ./src
COPY plugins ./plugins
RUN npm run --silent build

FROM node:26-bookworm-slim
WORKDIR /opt/proconsul
COPY package.json package-lock.json ./
# The image brings its own Node, so the one that npm would add is left out.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force && rm -rf node_modules/better-sqlite3/deps
COPY --from=build /src/bin ./bin
COPY --from=build /src/dist ./dist
# One start fills the cache of compiled code, and fails the build of an image that cannot run.
ENV NODE_COMPILE_CACHE=/opt/proconsul/cache
RUN bin/proconsul version
RUN mkdir -p /data && chown node:node /data && ln -s /opt/proconsul/bin/proconsul /usr/local/bin/proconsul
USER node
VOLUME /data
# Server RPC; gossip in the datacenter and between them; HTTP; DNS.
EXPOSE 8300 8301/tcp 8301/udp 8302/tcp 8302/udp 8500 8600/tcp 8600/udp
# SIGTERM: a client leaves the cluster, a server stays its member and comes back.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:8500/v1/status/leader').then(async (r) => process.exit(r.ok && (await r.text()) !== '\"\"' ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["proconsul"]
CMD ["agent", "-dev", "-client=0.0.0.0"]
