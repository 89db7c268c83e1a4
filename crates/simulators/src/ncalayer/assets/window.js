"use strict";
// The signer's window: asks its own server what is waiting, shows it, and says what the person chose.

const TEXTS = {
  kk: {
    title: "Қол қою терезесі",
    demo: "Бұл – демонстрация: кілттер ойдан шығарылған адамдардікі.",
    waiting: "Қол қоюға сұрау жоқ. Бұл бетті ашық қалдырыңыз.",
    asks: "Бет қол қоюды сұрайды",
    from: "Сұраған бет:",
    unknown: "көрсетілмеген",
    content: "Қол қойылатын мәтін",
    bytes: "Мәтін емес, байт саны:",
    choose: "Кілтті таңдаңыз",
    other_person: "Бет басқа адамның кілтін сұрады",
    other_use: "Бұл кілттің мақсаты басқа",
    sign: "Қол қою",
    cancel: "Бас тарту",
    choose_first: "Алдымен кілтті таңдаңыз.",
    signed: "Қол қойылды. Бетке оралыңыз.",
    cancelled: "Бас тартылды.",
    no_such_request: "Бұл сұрау енді күтіп тұрған жоқ.",
    failed: "Қол қойылмады. Қайталап көріңіз.",
    lost: "Бағдарлама жауап бермейді. Қайта қосылуда…",
  },
  ru: {
    title: "Окно подписания",
    demo: "Это демонстрация: ключи принадлежат вымышленным людям.",
    waiting: "Запросов на подпись нет. Оставьте эту страницу открытой.",
    asks: "Страница просит подписать",
    from: "Просит страница:",
    unknown: "не указана",
    content: "Подписываемый текст",
    bytes: "Не текст, число байтов:",
    choose: "Выберите ключ",
    other_person: "Страница просит ключ другого человека",
    other_use: "Этот ключ для другого назначения",
    sign: "Подписать",
    cancel: "Отмена",
    choose_first: "Сначала выберите ключ.",
    signed: "Подписано. Вернитесь на страницу.",
    cancelled: "Отменено.",
    no_such_request: "Этот запрос больше не ждёт ответа.",
    failed: "Не подписано. Попробуйте ещё раз.",
    lost: "Программа не отвечает. Подключаемся снова…",
  },
  en: {
    title: "Signing window",
    demo: "This is a demonstration: the keys belong to people who do not exist.",
    waiting: "Nothing is waiting for a signature. Keep this page open.",
    asks: "A page asks for a signature",
    from: "Asked by the page:",
    unknown: "not stated",
    content: "Text to be signed",
    bytes: "Not a text, bytes:",
    choose: "Choose a key",
    other_person: "The page asks for another person's key",
    other_use: "This key is for another use",
    sign: "Sign",
    cancel: "Cancel",
    choose_first: "Choose a key first.",
    signed: "Signed. Return to the page.",
    cancelled: "Cancelled.",
    no_such_request: "This request is no longer waiting.",
    failed: "Not signed. Try again.",
    lost: "The program does not answer. Connecting again…",
  },
};

const RETRY_MS = 1500;
const byId = (id) => document.getElementById(id);
let language = "kk";
let languageChosen = false;
let shown = null;
let statusKey = "waiting";

const text = (key) => TEXTS[language][key];

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function speak() {
  document.documentElement.lang = language;
  document.title = text("title");
  for (const one of document.querySelectorAll("[data-text]")) {
    one.textContent = text(one.dataset.text);
  }
  for (const one of document.querySelectorAll("[data-language]")) {
    one.setAttribute("aria-pressed", String(one.dataset.language === language));
  }
  byId("status").textContent = statusKey ? text(statusKey) : "";
  if (shown) fill();
}

function status(key) {
  statusKey = key;
  byId("status").textContent = key ? text(key) : "";
}

function keyChoice(key) {
  const radio = element("input", { type: "radio", name: "key", value: key.slug });
  radio.disabled = key.unfit !== null;
  const about = element("small", { textContent: key.about[language] });
  const lines = element("span", {}, key.name, about);
  if (key.unfit) lines.append(element("small", { textContent: text(key.unfit) }));
  return element("label", { className: key.unfit ? "unfit" : "" }, radio, lines);
}

function fill() {
  const chosen = byId("choice").elements.key?.value;
  byId("origin").textContent = shown.origin || text("unknown");
  byId("documents").replaceChildren(...shown.documents.map((one) =>
    element("pre", { tabIndex: 0, textContent: one.text ?? `${text("bytes")} ${one.bytes}` })));
  const fitting = shown.keys.filter((key) => !key.unfit);
  const others = shown.keys.filter((key) => key.unfit);
  byId("keys").replaceChildren(...[...fitting, ...others].map(keyChoice));
  const radios = [...document.querySelectorAll("#keys input:enabled")];
  const again = radios.find((radio) => radio.value === chosen);
  if (again) again.checked = true;
  else if (radios.length === 1) radios[0].checked = true;
}

function show(request) {
  if (request && shown && request.id === shown.id) return;
  const ended = shown && !request;
  shown = request ?? null;
  byId("request").hidden = !shown;
  byId("problem").textContent = "";
  if (!shown) {
    if (!ended || statusKey === null) status("waiting");
    return;
  }
  if (!languageChosen && TEXTS[shown.locale]) language = shown.locale;
  status(null);
  byId("choice").reset();
  speak();
  byId("request-title").focus();
}

async function act(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.ok) return null;
  const problem = await response.json().catch(() => ({}));
  return problem.code === "no_such_request" ? "no_such_request" : "failed";
}

async function finish(path, body, done) {
  const problem = await act(path, body).catch(() => "failed");
  byId("problem").textContent = problem ? text(problem) : "";
  if (!problem) status(done);
}

byId("choice").addEventListener("submit", (event) => {
  event.preventDefault();
  const person = byId("choice").elements.key?.value;
  if (!person) {
    byId("problem").textContent = text("choose_first");
    return;
  }
  void finish(`/pending/${shown.id}/sign`, { person }, "signed");
});

byId("cancel").addEventListener("click", () => {
  void finish(`/pending/${shown.id}/cancel`, {}, "cancelled");
});

for (const one of document.querySelectorAll("[data-language]")) {
  one.addEventListener("click", () => {
    language = one.dataset.language;
    languageChosen = true;
    speak();
  });
}

async function watch() {
  let version = null;
  for (;;) {
    try {
      const response = await fetch(version === null ? "/pending" : `/pending?after=${version}`);
      if (!response.ok) throw new Error(String(response.status));
      const news = await response.json();
      version = news.version;
      if (statusKey === "lost") status("waiting");
      show(news.requests[0]);
    } catch {
      version = null;
      status("lost");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const wanted = (navigator.languages ?? []).map((one) => one.slice(0, 2)).find((one) => TEXTS[one]);
language = wanted ?? "kk";
speak();
void watch();
