// A real browser for tests: opens Chromium, does what it is told, prints what it saw as JSON.
//   node browser.cjs CHROMIUM calls '[{"page": URL, "method", "url", "headers", "body"}, …]'
//   node browser.cjs CHROMIUM events '{"page": URL, "url": URL, "until": EVENT}'
//   node browser.cjs CHROMIUM docs '{"gateway": URL, "email", "password", "title"}'
"use strict";

const puppeteer = require("puppeteer-core");

const SECONDS = 1000;

/** One fetch after the other, each from the page it is told; cookies stay from one to the next. */
async function calls(browser, steps) {
  const answers = [];
  for (const step of steps) {
    const page = await browser.newPage();
    await page.goto(step.page);
    const seen = [];
    page.on("response", (response) => {
      if (response.url() === step.url && response.request().method() === step.method) seen.push(response);
    });
    const failures = [];
    page.on("requestfailed", (request) => failures.push(`${request.method()} ${request.url()}: ${request.failure().errorText}`));
    page.on("console", (message) => failures.push(message.text()));
    const answer = await page.evaluate(async ({ method, url, headers, body }) => {
      try {
        const response = await fetch(url, { method, headers, body, credentials: "include" });
        return { status: response.status, body: await response.text(), readable: Object.fromEntries(response.headers) };
      } catch (error) {
        return { error: error.name };
      }
    }, step);
    answer.headers = seen.length ? seen[0].headers() : {};
    answer.scriptCookies = await page.evaluate(() => document.cookie);
    if (answer.error) answer.failures = failures;
    answers.push(answer);
    await page.close();
  }
  return answers;
}

/** What an EventSource hears. */
async function events(browser, { page: address, url, until }) {
  const page = await browser.newPage();
  await page.goto(address);
  return page.evaluate(
    (source, last, limit) =>
      new Promise((resolve) => {
        const heard = [];
        const stream = new EventSource(source, { withCredentials: true });
        const finish = (how) => {
          stream.close();
          resolve({ events: heard, how });
        };
        stream.onmessage = (event) => heard.push(event.data);
        stream.addEventListener(last, () => finish("end"));
        stream.onerror = () => finish("error");
        setTimeout(() => finish("timeout"), limit);
      }),
    url, until, 20 * SECONDS,
  );
}

/** Walks through /docs as a person would. */
async function docs(browser, { gateway, name, email, password, title }) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  // Smooth scrolling would move what is about to be clicked.
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    // Chromium reports statuses of 400 and more as errors; those of calls are what the test asks for.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) troubles.push(message.text());
  });
  const foreign = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(gateway) && !request.url().startsWith("data:")) foreign.push(request.url());
  });

  const response = await page.goto(`${gateway}/docs`);
  await page.waitForSelector("html[data-ready]");
  const seen = { csp: response.headers()["content-security-policy"] ?? "", heading: await page.$eval("h1", (node) => node.textContent) };
  seen.operations = await page.$$eval("article[data-operation]", (nodes) => nodes.map((node) => node.dataset.operation));
  seen.links = await page.$$eval("nav a", (nodes) => nodes.length);

  const open = async (id) => {
    await page.evaluate((hash) => (location.hash = hash), id);
    await page.waitForSelector(`#${id} form.try`);
  };
  const send = async (id) => {
    await page.click(`#${id} form.try button[type=submit]`);
    await page.waitForFunction((article) => /^\d+ ms$/.test(document.querySelector(`#${article} .answer > p > span:last-child`)?.textContent ?? ""), {}, id);
    return page.$eval(`#${id} .answer`, (node) => ({ status: node.querySelector(".status").textContent, body: node.querySelector("pre.body").textContent }));
  };

  // Every operation can be opened and has its form.
  for (const id of seen.operations) await open(id);
  seen.forms = await page.$$eval("form.try", (nodes) => nodes.length);
  seen.unlabelled = await page.$$eval("input, select, textarea", (nodes) => nodes.filter((node) => node.labels.length === 0).length);

  await page.type("#FindJobsService_FindJobs input[name=title]", title);
  await page.type("#FindJobsService_FindJobs textarea[name=skills]", "Python");
  seen.curl = await page.$eval("#FindJobsService_FindJobs .curl", (node) => node.textContent);
  seen.search = await send("FindJobsService_FindJobs");

  await page.$eval("#AccountService_SignUp textarea[name=body]", (node, text) => {
    node.value = text;
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }, JSON.stringify({ name, email, password }));
  seen.signUp = await send("AccountService_SignUp");
  const account = JSON.parse(seen.signUp.body);

  await page.type("#SubscriptionService_GetSubscriptions input[name=user_id]", String(account.user_id));
  seen.byCookie = await send("SubscriptionService_GetSubscriptions");
  await page.evaluate(() => [...document.querySelectorAll("#AccountService_SignUp .answer button")].find((button) => button.textContent.startsWith("Use")).click());
  await page.deleteCookie({ name: "authorization", url: gateway });
  seen.byToken = await send("SubscriptionService_GetSubscriptions");
  seen.tokenCurl = await page.$eval("#SubscriptionService_GetSubscriptions .curl", (node) => node.textContent);

  // The WebSocket: connected, authenticated by the token, and answered.
  const socket = "#NotificationService_Session form.try";
  await page.$eval(`${socket} textarea`, (node) => (node.value = '{"type":"subscribe","tag":"cobol"}'));
  await page.$eval(`${socket} .buttons button`, (node) => node.click());
  await page.waitForFunction((form) => document.querySelector(`${form} pre`).textContent.includes("authenticated"), {}, socket);
  await page.$eval(`${socket} button[type=submit]`, (node) => node.click());
  await page.waitForFunction((form) => document.querySelector(`${form} pre`).textContent.includes('"subscribed"'), {}, socket);
  seen.socket = await page.$eval(`${socket} pre`, (node) => node.textContent);

  await page.type("#search", "salary insights");
  seen.found = await page.$$eval("article[data-operation]", (nodes) => nodes.filter((node) => !node.hidden).map((node) => node.dataset.operation));
  seen.count = await page.$eval("#count", (node) => node.textContent);

  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const before = await paper();
  await page.click("#theme");
  seen.themes = [before, await paper()];
  return { ...seen, troubles, foreign };
}

async function main(program, scenario, argument) {
  const browser = await puppeteer.launch({
    executablePath: program,
    headless: true,
    // As root there is no sandbox to be had; the pages are the test's own.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  try {
    const result = await { calls, events, docs }[scenario](browser, JSON.parse(argument));
    process.stdout.write(JSON.stringify(result));
  } finally {
    await browser.close();
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
