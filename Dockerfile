# The chat service as an image: the compiled packages, their dependencies and nothing else.
# docker build -t parlor . && docker run -p 4000:4000 -v parlor:/data -e AUTH_SECRET=... -e ALLOWED_ORIGINS=... parlor

FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY packages packages
COPY apps/demo/package.json apps/demo/package.json
COPY apps/demo-authjs/package.json apps/demo-authjs/package.json
RUN npm ci --ignore-scripts
RUN npx tsc -b packages/cli

FROM node:24-slim AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/protocol/package.json packages/protocol/package.json
COPY packages/client/package.json packages/client/package.json
COPY packages/verify/package.json packages/verify/package.json
COPY packages/react/package.json packages/react/package.json
COPY packages/next/package.json packages/next/package.json
COPY packages/server/package.json packages/server/package.json
COPY packages/cli/package.json packages/cli/package.json
COPY packages/cli/bin packages/cli/bin
COPY apps/demo/package.json apps/demo/package.json
COPY apps/demo-authjs/package.json apps/demo-authjs/package.json
RUN npm ci --omit=dev --ignore-scripts -w @parlor/cli
RUN rm -rf apps packages/react packages/next

FROM node:24-slim
# On a machine with much memory V8 would keep up to 128 MiB for new objects after a storm of connects, and give nothing
# back; more than this made nothing faster (measured).
ENV NODE_OPTIONS=--max-semi-space-size=16 \
    NODE_ENV=production \
    PORT=4000 \
    PARLOR_DATABASE_URL=file:/data/parlor.db \
    PATH=/app/node_modules/.bin:$PATH
WORKDIR /app
COPY --from=install /app ./
COPY --from=build /src/packages/protocol/dist packages/protocol/dist
COPY --from=build /src/packages/server/dist packages/server/dist
COPY --from=build /src/packages/client/dist packages/client/dist
COPY --from=build /src/packages/verify/dist packages/verify/dist
COPY --from=build /src/packages/cli/dist packages/cli/dist
COPY deploy/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN chmod 755 /usr/local/bin/docker-entrypoint.sh
# No VOLUME line: Railway refuses images that have one. Mount a volume at /data, or the messages go with the container.
RUN install -d -o node -g node /data
EXPOSE 4000
# The entrypoint starts as root only to hand /data over; the service itself runs as `node`.
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["parlor", "start"]
HEALTHCHECK --interval=15s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
