// For those who write simulations: saves while somebody types and shows what the server says of it, says that the page is
// open, and moves the graph under the hand. Without this script the buttons do the same.
(function () {
  'use strict';
  const REST = 1500; // after the last key, before it is saved
  const STILL = 45000; // how often an open page says so

  document.querySelectorAll('form[data-autosave]').forEach(function (form) {
    const live = form.querySelector('[data-live]');
    let timer = 0, sending = null, again = false, dirty = false;

    function say(auto) {
      const body = new URLSearchParams(new FormData(form));
      body.set('auto', auto);
      return fetch(form.action, { method: 'POST', body: body, credentials: 'same-origin', redirect: 'manual' }).then(function (answer) {
        if (![200, 409, 422].includes(answer.status)) throw new Error(String(answer.status));
        return answer.text();
      }).then(function (text) { live.innerHTML = text; });
    }
    function unsaved() {
      const line = live.querySelector('[data-unsaved]') || live.insertBefore(document.createElement('p'), live.firstChild);
      line.setAttribute('data-unsaved', '');
      line.className = 'small t-due';
      line.textContent = '没有连上，还没有存。您写的都在这一页，连上以后会再存。';
    }
    function save() {
      if (sending) { again = true; return; }
      dirty = false;
      sending = say('1').catch(function () { dirty = true; unsaved(); timer = setTimeout(save, 10 * REST); }).then(function () {
        sending = null;
        if (again) { again = false; save(); }
      });
    }
    form.addEventListener('input', function () {
      dirty = true;
      clearTimeout(timer);
      timer = setTimeout(save, REST);
    });
    // A button pressed while something is under way waits for it, so that it builds on what was just saved.
    form.addEventListener('submit', function (event) {
      clearTimeout(timer);
      again = false;
      if (!sending) return;
      event.preventDefault();
      const button = event.submitter;
      sending.then(function () { if (form.requestSubmit) form.requestSubmit(button); else form.submit(); });
    });
    setInterval(function () {
      if (!sending && !dirty && document.visibilityState === 'visible') say('open').catch(function () {});
    }, STILL);
  });

  // − and ＋ beside every number: a thumb does not hit the arrows of the field.
  document.querySelectorAll('.effects input[type=number]').forEach(function (input) {
    const name = input.parentNode.firstElementChild.textContent;
    const box = document.createElement('span');
    box.className = 'stepper';
    input.replaceWith(box);
    [['−', -1, '减'], null, ['＋', 1, '加']].forEach(function (way) {
      if (!way) { box.append(input); return; }
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn btn--s';
      button.textContent = way[0];
      button.setAttribute('aria-label', name + way[2] + '一');
      button.addEventListener('click', function () {
        const next = Number(input.value || 0) + way[1];
        if (next < Number(input.min) || next > Number(input.max)) return;
        input.value = next === 0 && input.min < 0 ? '' : next;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      });
      box.append(button);
    });
  });

  document.querySelectorAll('[data-pan]').forEach(function (box) {
    const picture = box.querySelector('svg');
    if (!picture) return;
    if (matchMedia('(pointer: fine)').matches) document.querySelectorAll('[data-hint]').forEach(function (hint) { hint.hidden = false; });
    const natural = [picture.viewBox.baseVal.width, picture.viewBox.baseVal.height];
    let zoom = picture.width.baseVal.value / natural[0], from = null;

    function scale(next, x, y) {
      next = Math.min(2, Math.max(0.25, next));
      const left = (box.scrollLeft + x) / zoom, top = (box.scrollTop + y) / zoom;
      zoom = next;
      picture.setAttribute('width', Math.round(natural[0] * zoom));
      picture.setAttribute('height', Math.round(natural[1] * zoom));
      box.scrollLeft = left * zoom - x;
      box.scrollTop = top * zoom - y;
      document.querySelectorAll('[data-zoom-now]').forEach(function (now) { now.textContent = Math.round(zoom * 100) + '%'; });
    }
    document.querySelectorAll('[data-zoom]').forEach(function (button) {
      button.addEventListener('click', function (event) {
        event.preventDefault();
        scale(zoom * (Number(button.dataset.zoom) > 0 ? 1.25 : 0.8), box.clientWidth / 2, box.clientHeight / 2);
      });
    });
    box.addEventListener('wheel', function (event) {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const at = box.getBoundingClientRect();
      scale(zoom * (event.deltaY < 0 ? 1.1 : 0.9), event.clientX - at.left, event.clientY - at.top);
    }, { passive: false });
    box.addEventListener('pointerdown', function (event) {
      if (event.pointerType !== 'mouse' || event.button !== 0) return;
      from = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop, moved: false };
    });
    window.addEventListener('pointermove', function (event) {
      if (!from) return;
      const x = event.clientX - from.x, y = event.clientY - from.y;
      if (Math.abs(x) + Math.abs(y) > 4) from.moved = true;
      box.scrollLeft = from.left - x;
      box.scrollTop = from.top - y;
    });
    window.addEventListener('pointerup', function () { setTimeout(function () { from = null; }, 0); });
    // A drag is not a click on the box it began on.
    box.addEventListener('click', function (event) { if (from && from.moved) event.preventDefault(); }, true);
    box.addEventListener('dragstart', function (event) { event.preventDefault(); });
    const here = picture.querySelector('.g-here');
    if (here) {
      const at = here.getBoundingClientRect(), edge = box.getBoundingClientRect();
      box.scrollLeft += at.left - edge.left - box.clientWidth / 2 + at.width / 2;
      box.scrollTop += at.top - edge.top - box.clientHeight / 2 + at.height / 2;
    }
  });
})();
