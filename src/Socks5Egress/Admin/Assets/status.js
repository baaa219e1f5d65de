// Keeps the page current. It only puts in what the server has rendered and escaped; without it the page is as it was when it was loaded.
'use strict';

const live = document.getElementById('live');
const link = document.getElementById('link');
const pause = document.getElementById('pause');
let events = null;

// Changes what differs and leaves the rest: focus, selection and scrolling stay where they are.
function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  const kept = new Map();
  for (const child of from.children) if (child.dataset.key) kept.set(child.dataset.key, child);
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = wanted.nodeType === Node.ELEMENT_NODE && wanted.dataset.key ? kept.get(wanted.dataset.key) : null;
    if (known && known !== place) from.insertBefore(known, place);
    const here = known ?? place;
    const same = here && here.nodeName === wanted.nodeName && (known || !here.dataset?.key);
    if (same) {
      morph(here, wanted);
      place = here.nextSibling;
    } else {
      from.insertBefore(wanted, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function open() {
  close();
  events = new EventSource('/events' + location.search);
  events.onopen = () => { link.textContent = 'live'; };
  events.onmessage = ({ data }) => {
    const next = document.createElement('main');
    next.id = 'live';
    next.innerHTML = data;
    morph(live, next);
  };
  events.onerror = () => { link.textContent = 'connection lost, trying again'; };
}

function close() {
  events?.close();
  events = null;
}

function watch() {
  const stopped = pause.getAttribute('aria-pressed') === 'true';
  if (stopped || document.hidden) close(); else open();
  if (stopped) link.textContent = 'paused';
}

function go(address) {
  history.replaceState(null, '', address);
  watch();
}

pause.hidden = false;
document.body.classList.add('live');
pause.addEventListener('click', () => {
  const stopped = pause.getAttribute('aria-pressed') !== 'true';
  pause.setAttribute('aria-pressed', String(stopped));
  pause.textContent = stopped ? 'Go on' : 'Pause';
  watch();
});
document.addEventListener('visibilitychange', watch);
live.addEventListener('click', (event) => {
  const sort = event.target.closest('th a');
  if (!sort || pause.getAttribute('aria-pressed') === 'true') return;
  event.preventDefault();
  go(sort.href);
});
live.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (event.target.method !== 'post') return;
  try {
    const answer = await (await fetch(event.target.action, { method: 'POST' })).json();
    link.textContent = answer.error ?? `retired: ${answer.due} due, ${answer.ended} ended, ${answer.busy} busy`;
  } catch {
    link.textContent = 'the gateway did not answer';
  }
});
let typing = 0;
live.addEventListener('input', (event) => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const address = new URL(location.href);
    address.searchParams.set('q', event.target.value);
    go(address);
  }, 200);
});
watch();
