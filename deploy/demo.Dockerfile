# The demo app as an image, for trying things out: `docker compose --profile demo up --build` in the folder above.

FROM node:24-slim
ENV NEXT_TELEMETRY_DISABLED=1
WORKDIR /src
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.base.json ./
COPY packages packages
COPY apps apps
COPY scripts scripts
RUN npm ci --ignore-scripts
RUN npx tsc -b && npm run build -w demo && chown -R node:node apps/demo/.next
ENV NODE_ENV=production
USER node
WORKDIR /src/apps/demo
EXPOSE 3000
CMD ["node", "../../node_modules/next/dist/bin/next", "start", "-H", "0.0.0.0", "-p", "3000"]
